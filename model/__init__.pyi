from .networks.config import PRESETS as PRESETS
from .networks.config import ModelConfig as ModelConfig
from .networks.emoportraits import DriveResult as DriveResult
from .networks.emoportraits import EMOPortraits as EMOPortraits
from .networks.emoportraits import SourceIdentity as SourceIdentity
from .networks.errors import ModelError as ModelError
