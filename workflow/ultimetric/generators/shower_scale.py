"""Between MeV and the numbers that adversarial networks make and judge."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ultimetric.data.geometry import GEV, Geometry

LARGEST = 1.2  # times the incident energy: no shower deposits more


class ShowerScale(nn.Module):
    """What networks make of a shower, and what they see of it, with constants from the training.

    Made are the images' logits (softmax per layer gives the shapes), logits of the layers' shares
    of the deposited energy, and the response E_tot / E_inc as asinh of its logit, robustly scaled.

    Arguments:
        geometry: the detector.
    """

    def __init__(self, geometry: Geometry) -> None:
        super().__init__()
        self.geometry = geometry
        sizes = torch.tensor([s.stop - s.start for s in geometry.slices])
        self.register_buffer("layer", torch.arange(len(sizes)).repeat_interleave(sizes), False)
        self.register_buffer("sizes", sizes, False)
        for name, size in (
            ("voxel", geometry.n_voxels),
            ("share", geometry.n_layers),
            ("response", 1),
            ("view", self.n_features),
        ):
            self.register_buffer(f"{name}_mean", torch.zeros(size))
            self.register_buffer(f"{name}_std", torch.ones(size))

    @property
    def n_features(self) -> int:
        """Numbers of `view` per shower."""
        return 2 * self.geometry.n_voxels + 3 * self.geometry.n_layers + 1

    def fit(self, energy: Tensor, voxels: Tensor) -> None:
        """Learn the constants from energies (N, 1) in GeV and voxels (N, n_voxels) in MeV."""
        voxels = voxels.float()
        layers = self._sums(voxels)
        half = self.geometry.threshold_MeV / 2
        logs = (voxels + half).log() - (layers + half).log()[:, self.layer]
        shares = (layers + half).log() - (layers.sum(1, keepdim=True) + half).log()
        for name, x in (("voxel", logs), ("share", shares)):
            getattr(self, f"{name}_mean").copy_(x.mean(0))
            getattr(self, f"{name}_std").copy_(_nonzero(x.std(0)))
        logit = self._response_logit(layers, energy.float())
        low, median, high = logit.quantile(torch.tensor([0.25, 0.5, 0.75]).to(logit))
        self.response_mean.copy_(median)
        self.response_std.copy_(_nonzero(high - low))
        seen = self._view(voxels, energy.float())
        self.view_mean.copy_(seen.mean(0))
        self.view_std.copy_(_nonzero(seen.std(0)))

    def showers(self, images: Tensor, energies: Tensor, energy: Tensor) -> Tensor:
        """Voxels (N, n_voxels) in MeV.

        Arguments:
            images: (N, n_voxels).
            energies: response and layer shares (N, 1 + n_layers).
            energy: incident energies (N, 1) in GeV.
        """
        response, shares = energies.split([1, self.geometry.n_layers], 1)
        logit = self.response_mean + self.response_std * response.clamp(-8, 8).sinh()
        total = GEV * energy * LARGEST * logit.sigmoid()
        layers = total * (self.share_mean + self.share_std * shares).softmax(1)
        logits = self.voxel_mean + self.voxel_std * images
        shapes = torch.cat([logits[:, s].softmax(1) for s in self.geometry.slices], 1)
        return shapes * layers[:, self.layer]

    def view(self, voxels: Tensor, energy: Tensor) -> Tensor:
        """What a critic sees (N, n_features) of voxels in MeV at energies (N, 1) in GeV."""
        return (self._view(voxels, energy.float()) - self.view_mean) / self.view_std

    def _view(self, voxels: Tensor, energy: Tensor) -> Tensor:
        cut = self.geometry.threshold_MeV
        # Zero below the threshold, as in every sample; the gradient passes as if it were not.
        voxels = voxels - torch.where(voxels < cut, voxels, 0.0).detach()
        layers = self._sums(voxels)
        total = layers.sum(1, keepdim=True)
        shapes = voxels / (layers + cut)[:, self.layer]
        occupied = self._sums(voxels / (voxels + cut)) / self.sizes
        response = ((self._response_logit(layers, energy) - self.response_mean) / self.response_std).asinh()
        return torch.cat(
            [
                (voxels / cut).log1p(),
                shapes,
                (layers / cut).log1p(),
                layers / (total + cut),
                occupied,
                response,
            ],
            1,
        )

    def _response_logit(self, layers: Tensor, energy: Tensor) -> Tensor:
        return (layers.sum(1, keepdim=True) / (GEV * LARGEST * energy)).logit(1e-6)

    def _sums(self, voxels: Tensor) -> Tensor:
        return torch.stack([voxels[:, s].sum(1) for s in self.geometry.slices], 1)


def _nonzero(width: Tensor) -> Tensor:
    return torch.where(width > 0, width, 1.0)
