"""May this likeness be used for this? Grants, claims and the policy that mints permits.

What is named here is loaded when it is first used: a refusal for its purpose needs neither pictures nor the ledger.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
