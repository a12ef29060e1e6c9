from .prepared import PreparedClip as PreparedClip
from .prepared import PreparedSet as PreparedSet
from .run import prepare as prepare
from .settings import PrepareSettings as PrepareSettings
from .sources import find_sources as find_sources
