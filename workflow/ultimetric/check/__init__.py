"""Try a generator of one's own in seconds, before a study runs it.

    make check FILE=gen.py [CARD=cpu] [PREPROCESSING=noise_after] [BUILDS_ON=caloinn]
        [DATASET=eplus] [GEOMETRY=calogan_coarse]

or, without make, PYTHONPATH=workflow .venv/bin/python -m ultimetric.check gen.py [--card cpu] ...
"""
