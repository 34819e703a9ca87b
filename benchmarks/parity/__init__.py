"""Our numbers beside those of other programs, feature by feature.

``make parity`` runs ``python -m benchmarks.parity``, which writes
``docs/parity.md``. The rooms:

- ``cases``: the models that are compared, as plain data, each a ``case``; ``samples``:
  their data;
- ``peers``: what other programs say of a case, from their own call or from a
  stored file; nothing here can import csat_models;
- ``estimating``: a case, estimated by csat_models; upon it ``criteria``,
  ``prediction``, ``groups``, ``segments``, ``priorities``, ``planning`` and
  ``covariance``, and ``ours``, which has what all of them say;
- ``registry`` and ``entries``: which quantity of which case is compared with
  whom, how closely, and why that is a fair demand; what is blank, and why;
- ``table``: the page.

A new criterion is one function in a room of ours, one line (a call or a stored key)
in a room of ``peers``, and one entry.
"""
