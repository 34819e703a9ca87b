"""csat_models: the annual customer-satisfaction study as code.

Names are imported when they are first used; ``__init__.pyi`` lists them all::

    import csat_models as csat

    model = csat.catalogue.ecsi_mobile()
    estimates = csat.fit(data, model, scheme="centroid")
    index = csat.satisfaction_index(estimates)
"""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
