"""Shapes, shares and response: numbers of order one that adversarial networks make and see."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ultimetric.kinds.showers.geometry import GEV, Geometry

LARGEST = 1.2  # times the incident energy: no shower deposits more
FAR = 8.0  # no number for the response is larger: its hyperbolic sine is 1490


class NormalisedSpace(nn.Module):
    """What a network makes of a shower, and what another one sees of it.

    Made are logits of the voxels' shares of their layer, logits of the layers' shares of E_tot,
    and E_tot / E_inc as asinh of its logit in units of its quartiles, which suits narrow peaks
    with long tails. Seen are logarithms and shares of voxels and of layers, the occupancies of
    the layers, and the response; deposits below the threshold count as zero, as in a sample, with
    gradients as if there were no steps. Constants come from the training showers.

    Arguments:
        geometry: The geometry of the detector.
    """

    raw = False  # what is seen is truth after the readout
    images = 2  # numbers seen per voxel

    def __init__(self, geometry: Geometry) -> None:
        super().__init__()
        self.geometry = geometry
        self.made = 1 + geometry.n_layers  # numbers made besides the images
        self.seen = 3 * geometry.n_layers + 1  # numbers seen besides the images
        sizes = torch.tensor([s.stop - s.start for s in geometry.slices])
        layer = torch.arange(len(sizes)).repeat_interleave(sizes)
        self.register_buffer("sizes", sizes, persistent=False)
        self.register_buffer("layer", layer, persistent=False)
        for name, size in (
            ("voxel", geometry.n_voxels),
            ("share", geometry.n_layers),
            ("response", 1),
            ("view", self.images * geometry.n_voxels + self.seen),
        ):
            self.register_buffer(f"{name}_mean", torch.zeros(size))
            self.register_buffer(f"{name}_std", torch.ones(size))

    def fit(self, energy: Tensor, voxels: Tensor) -> None:
        """Learn the constants from energies (N, 1) in GeV and voxels (N, n_voxels) in MeV."""
        layers = self._sums(voxels)
        total = layers.sum(1, keepdim=True)
        half = self.geometry.threshold_MeV / 2  # what an empty voxel stands for
        logit = self._response(layers, energy)
        low, median, high = logit.quantile(torch.tensor([0.25, 0.5, 0.75]).to(logit))
        self.response_mean.copy_(median)
        self.response_std.copy_(_nonzero(high - low))
        for name, x in (
            ("voxel", (voxels + half).log() - (layers + half).log()[:, self.layer]),
            ("share", (layers + half).log() - (total + half).log()),
            ("view", self._view(voxels, energy)),
        ):
            getattr(self, f"{name}_mean").copy_(x.mean(0))
            getattr(self, f"{name}_std").copy_(_nonzero(x.std(0)))

    def showers(self, images: Tensor, energies: Tensor, energy: Tensor) -> Tensor:
        """Voxels (N, n_voxels) in MeV.

        Arguments:
            images: Numbers made for the voxels (N, n_voxels).
            energies: Numbers made for the response and the layers' shares (N, 1 + n_layers).
            energy: Incident energies (N, 1) in GeV.
        """
        response, shares = energies.split([1, self.geometry.n_layers], 1)
        logit = self.response_mean + self.response_std * response.clamp(-FAR, FAR).sinh()
        total = GEV * energy * LARGEST * logit.sigmoid()
        layers = total * (self.share_mean + self.share_std * shares).softmax(1)
        logits = self.voxel_mean + self.voxel_std * images
        shapes = torch.cat([logits[:, s].softmax(1) for s in self.geometry.slices], 1)
        return shapes * layers[:, self.layer]

    def view(self, voxels: Tensor, energy: Tensor) -> Tensor:
        """What is seen (N, images * n_voxels + seen) of voxels in MeV at energies in GeV."""
        return (self._view(voxels, energy) - self.view_mean) / self.view_std

    def _view(self, voxels: Tensor, energy: Tensor) -> Tensor:
        cut = self.geometry.threshold_MeV
        # Gradients pass steps, so that an empty voxel can be filled again.
        voxels = voxels - torch.where(voxels < cut, voxels, 0.0).detach()
        layers = self._sums(voxels)
        smooth = voxels / (voxels + cut)
        occupied = smooth + ((voxels > 0).float() - smooth).detach()
        response = (self._response(layers, energy) - self.response_mean) / self.response_std
        parts = [
            (voxels / cut).log1p(),
            voxels / (layers + cut)[:, self.layer],
            (layers / cut).log1p(),
            layers / (layers.sum(1, keepdim=True) + cut),
            self._sums(occupied) / self.sizes,
            response.asinh(),
        ]
        return torch.cat(parts, 1)

    def _response(self, layers: Tensor, energy: Tensor) -> Tensor:
        return (layers.sum(1, keepdim=True) / (GEV * LARGEST * energy)).logit(1e-6)

    def _sums(self, voxels: Tensor) -> Tensor:
        return torch.stack([voxels[:, s].sum(1) for s in self.geometry.slices], 1)


def _nonzero(width: Tensor) -> Tensor:
    return torch.where(width > 0, width, 1.0)
