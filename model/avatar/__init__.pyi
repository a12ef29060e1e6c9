from .avatar import Avatar as Avatar
from .avatar import Driven as Driven
from .faces import Face as Face
from .faces import FaceFinder as FaceFinder
from .film import AnimateReport as AnimateReport
from .film import animate as animate
from .motion import Motion as Motion
from .motion import mix as mix
