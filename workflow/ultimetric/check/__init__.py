"""Try a generator outside the package in seconds, before a study uses it.

    make check FILE=gen.py [CARD=cpu] [PREPROCESSING=noise_after] [BUILDS_ON=caloinn]
        [DATASET=eplus] [GEOMETRY=calogan_coarse]

or, without make, PYTHONPATH=workflow .venv/bin/python -m ultimetric.check gen.py [--card cpu] ...
"""
