import numpy as np
from ultimetric.metrics.base import Row, read_rows, write_rows

HEADER = (
    "dataset,sample,test,features,metric,value,error,error_test,error_train,"
    "n_train,n_test,repeats,note\n"
)


def test_bytes_by_hand(tmp_path):
    rows = [
        Row("eplus", "flow", "classifier", "energies", "auc", 1 / 3, n_train=1234567, repeats=5),
        Row("eplus", "flow", "calibration", "", "ece", float("nan"), note="a, b"),
        Row("eplus", "copy", "histogram", "", "s", np.float64(1e-9), np.float32(0.5)),
    ]
    write_rows(tmp_path / "rows.csv", rows, published=True)
    assert (tmp_path / "rows.csv").read_bytes().decode() == HEADER + (
        "eplus,copy,histogram,,s,1e-09,0.5,,,,,,\n"
        'eplus,flow,calibration,,ece,,,,,,,,"a, b"\n'
        "eplus,flow,classifier,energies,auc,0.333333,,,,1234567,,5,\n"
    )


def test_order_of_rows_does_not_matter(tmp_path):
    rows = [Row("eplus", "flow", "classifier", "", f"m{k}", k / 7) for k in range(20)]
    write_rows(tmp_path / "a.csv", rows)
    write_rows(tmp_path / "b.csv", rows[::-1])
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_round_trip(tmp_path):
    rows = [
        Row("eplus", "a", "classifier", "energies", "auc", 0.75, 0.01, 0.006, 0.008, 10, 20, 3),
        Row("eplus", "b", "classifier", "energies", "auc", None, note="refused, no overlap"),
    ]
    write_rows(tmp_path / "rows.csv", rows)
    assert read_rows(tmp_path / "rows.csv") == rows
    write_rows(tmp_path / "none.csv", [])
    assert read_rows(tmp_path / "none.csv") == []
