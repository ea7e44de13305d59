"""The engine's side of the assistant: what runs inside Rasa's process, in Rasa's own environment."""

import warnings

# Sanic 21 switches every DeprecationWarning on at import. Rasa's libraries are frozen with their dozens of them; only
# those about our own code can be acted upon. (TF_CPP_MIN_LOG_LEVEL and SQLALCHEMY_SILENCE_UBER_WARNING have to be in
# the environment: Rasa imports both libraries before it imports this package.)
warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"(?!engine\b)")
