"""Says one text with eSpeak NG. A program of its own: it imports nothing of this project.

It reads from standard input one line of JSON: library, data (null: the library's own), voice, text, and parameters by
number. It writes one line of JSON, with version, rate and the phonemes as pairs of (sample, IPA), or with an error;
then the samples as 16 bit in the machine's order.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys

_SYNCHRONOUS = 2
_PHONEME_EVENTS, _IPA, _DO_NOT_EXIT = 1, 2, 0x8000
_UTF8, _BY_CHARACTER = 1, 1
_LIST_END, _PHONEME = 0, 7
_IPA_BYTES = 8


class _Event(ctypes.Structure):
    """espeak_EVENT of speak_lib.h; the last field is a union of which phonemes use the text."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position_ms", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("ipa", ctypes.c_char * _IPA_BYTES),
    )


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


def main() -> None:
    """See above."""
    request = json.loads(sys.stdin.readline())
    library = ctypes.CDLL(request["library"])
    data = None if request["data"] is None else request["data"].encode()
    rate_hz = library.espeak_Initialize(_SYNCHRONOUS, 0, data, _PHONEME_EVENTS | _IPA | _DO_NOT_EXIT)
    if rate_hz <= 0:
        return _fail("it does not start: are its voices there?")
    ctypes.CDLL(None).srand(1)  # starting, it seeded random numbers with the time of day: the C library's,
    if hasattr(library, "espeak_ng_SetRandSeed"):  # and from 1.52 on its own
        library.espeak_ng_SetRandSeed(ctypes.c_long(1))
    library.espeak_Info.restype = ctypes.c_char_p
    place = ctypes.c_char_p()
    version = library.espeak_Info(ctypes.byref(place)).decode()
    _, _, variant = request["voice"].partition("+")
    voices = os.path.join((place.value or b"").decode(), "voices", "!v")
    if variant and not os.path.isfile(os.path.join(voices, variant)):  # it would speak without, and say nothing of it
        return _fail(f"it has no voice variant {variant}")
    if library.espeak_SetVoiceByName(request["voice"].encode()) != 0:
        return _fail(f"it has no voice {request['voice']}")
    for number, value in request["parameters"]:
        library.espeak_SetParameter(number, value, 0)
    samples, phonemes = bytearray(), []

    def heard(block, count, events) -> int:  # type: ignore[no-untyped-def]
        if block and count > 0:
            samples.extend(ctypes.string_at(block, 2 * count))
        index = 0
        while events[index].type != _LIST_END:
            if events[index].type == _PHONEME:
                phonemes.append((events[index].sample, events[index].ipa.decode("utf-8", "ignore")))
            index += 1
        return 0

    callback = _Callback(heard)
    library.espeak_SetSynthCallback(callback)
    text = request["text"].encode()
    if library.espeak_Synth(text, len(text) + 1, 0, _BY_CHARACTER, 0, _UTF8, None, None) != 0:
        return _fail("it does not say the text")
    library.espeak_Synchronize()
    header = {"version": version, "rate_hz": rate_hz, "samples": len(samples) // 2, "phonemes": phonemes}
    sys.stdout.buffer.write(json.dumps(header).encode() + b"\n" + bytes(samples))


def _fail(reason: str) -> None:
    sys.stdout.buffer.write(json.dumps({"error": reason}).encode() + b"\n")


if __name__ == "__main__":
    main()
