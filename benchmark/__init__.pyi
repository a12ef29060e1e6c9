from .engine.evaluation import evaluate as evaluate
from .metrics.torch_metric import BenchmarkMetric as BenchmarkMetric
from .protocols.protocol import Protocol as Protocol
from .results.schema import Results as Results
