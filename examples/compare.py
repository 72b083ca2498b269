"""Compare Geant4 showers with a sample in which every voxel is smeared by 10 %.

In the repository, run `PYTHONPATH=workflow .venv/bin/python examples/compare.py`; once
`pip install .` was run, `python compare.py` anywhere. The parts between `# %%` are cells for
notebooks and editors.
"""

# %% The truth: bundled positron showers of 1 to 100 GeV, in 60 voxels
import numpy as np

import ultimetric

kind = ultimetric.load_kind("showers", geometry="calogan_coarse")
showers = ultimetric.read_events(ultimetric.bundled("eplus"), kind)
truth, others = showers[:1000], showers[1000:2000]

# %% The sample: other true showers, smeared, with the readout threshold applied again
rng = np.random.default_rng(1)
smeared = others.data * rng.normal(1, 0.1, others.data.shape).clip(min=0)
sample = kind.entries(others.condition, kind.readout(smeared.astype(np.float32)))

# %% One classifier test, on high-level inputs; truth and sample may be paths of files, too
result = ultimetric.compare(truth, sample)
print(result)

# %% The numbers are a table, as in metrics.csv; the findings are another one
print(result.table[["metric", "value", "error"]])
print(result.findings[["observable", "pvalue"]])

# %% The weights are in the order of the entries: which showers does the sample have too often?
rows = np.argsort(result.weights.sample.w)[:5]
print("rows of smallest weight:", rows, "incident energies in GeV:", sample.condition[rows, 0])

# %% Histograms of the weights, and the ROC curve
result.plot().savefig("compare.png")
