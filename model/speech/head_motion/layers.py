"""Blocks over time that see a bounded number of frames and nothing of how long the sequence is."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class WindowAttention(nn.Module):
    """Self-attention to the frames around, by how far they are away: no absolute position, so any length.

    Args:
        width: of a frame.
        heads: of the attention.
        window: frames to either side.
    """

    def __init__(self, width: int, heads: int, window: int) -> None:
        super().__init__()
        self.heads, self.window = heads, window
        self.to_qkv, self.to_out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.bias = nn.Parameter(torch.zeros(heads, 2 * window + 1))

    def forward(self, x: Tensor) -> Tensor:  # [B, T, W] -> [B, T, W]
        batch, frames, width = x.shape
        q, k, v = (part.view(batch, frames, self.heads, -1).transpose(1, 2) for part in self.to_qkv(x).chunk(3, dim=-1))
        frame = torch.arange(frames, device=x.device)
        apart = frame[None] - frame[:, None]  # [T, T]
        bias = self.bias[:, apart.clamp(-self.window, self.window) + self.window]
        bias = bias.masked_fill(apart.abs() > self.window, -torch.inf)
        seen = F.scaled_dot_product_attention(q, k, v, attn_mask=bias)
        out: Tensor = self.to_out(seen.transpose(1, 2).reshape(batch, frames, width))
        return out


class TransformerBlock(nn.Module):
    """Attention, then two linear layers, each added to what it reads after normalising it."""

    def __init__(self, width: int, heads: int, window: int) -> None:
        super().__init__()
        self.norm1, self.attention = nn.LayerNorm(width), WindowAttention(width, heads, window)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x: Tensor) -> Tensor:  # [B, T, W] -> [B, T, W]
        x = x + self.attention(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class ResBlock1d(nn.Module):
    """Two convolutions over time beside a skip.

    Args:
        width: channels in and out.
        kernel: odd.
        norm: normalise each frame before each convolution. Critics do not: it would hide how far poses are from
            those of people.
    """

    def __init__(self, width: int, kernel: int, *, norm: bool = True) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(width) if norm else nn.Identity() for _ in range(2))
        self.convs = nn.ModuleList(nn.Conv1d(width, width, kernel, padding=kernel // 2) for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:  # [B, T, W] -> [B, T, W]
        y = x
        for norm, conv in zip(self.norms, self.convs, strict=True):
            y = conv(F.leaky_relu(norm(y), 0.2).transpose(1, 2)).transpose(1, 2)
        return x + y
