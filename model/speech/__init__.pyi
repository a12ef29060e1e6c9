from .driving.driver import SpeechDriver as SpeechDriver
from .driving.shares import SoundShares as SoundShares
from .driving.speech_model import SpeechModel as SpeechModel
from .driving.speech_model import load_speech as load_speech
