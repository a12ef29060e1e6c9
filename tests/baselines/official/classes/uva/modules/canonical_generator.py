"""Stands in for what UVA makes of an identity."""

import torch


class CanonicalGenerator(torch.nn.Module):
    def __init__(self, embedding, system):
        super().__init__()
        self.embedding = torch.nn.Module()
        self.embedding.embedding = embedding.embedding
        self.__dict__["system"] = system

    def get_canonical_by_id(self, video_id):
        assert video_id.tolist() == [0], "the trained one is the first"
        return self.system.source[None]
