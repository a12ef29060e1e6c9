from .catalog.catalog import Catalog as Catalog
from .catalog.catalog import open_catalog as open_catalog
from .catalog.clip import Clip as Clip
from .core.media.video import read_video as read_video
from .hub.loading import load_dataset as load_dataset
from .pairs.pairs import FeedPairs as FeedPairs
from .synthetic.takes.ground_truth import GroundTruth as GroundTruth
