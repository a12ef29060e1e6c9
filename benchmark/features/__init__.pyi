from .audio import AudioFeatures as AudioFeatures
from .audio import extract_audio as extract_audio
from .pair import PairFeatures as PairFeatures
from .pair import extract_pair as extract_pair
from .store import FeatureStore as FeatureStore
from .types.sequence import FrameSequence as FrameSequence
from .video import NoFrames as NoFrames
from .video import extract_video as extract_video
