"""Config of figures, tables and the report."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from lumicohort.study.config.base import Section

FigureKind = Literal[
    "survival", "flux_over_time", "endpoint_burden", "montage", "growth_diagnostics"
]


class Figure(Section):
    """One figure file."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")
    """File name of the figure, without its ending."""
    kind: FigureKind
    """What is drawn."""
    models: list[str] | None = None
    """Models drawn, one panel each; all where none are given."""
    width_cm: float | None = Field(default=None, gt=2, le=60)
    """Width of the figure; the preset's column widths are the natural choices."""
    mean: Literal["geometric", "arithmetic"] = "geometric"
    """Flux over time, endpoint: `geometric` mean with its 95% CI, or `arithmetic` mean with SEM."""
    flux_limits_p_s: tuple[float, float] | None = None
    """Flux over time, endpoint: limits of the flux axis in p/s; from the data where none given."""
    days: list[int] | None = None
    """Montage: the days shown; all imaging days where none are given."""
    animals_per_arm: int = Field(default=3, ge=1, le=20)
    """Montage: how many animals of each arm are shown (those nearest the arm's median)."""
    colour_map: str = "inferno"
    """Montage: matplotlib colour map of the radiance."""
    scale: Literal["log", "linear"] = "log"
    """Montage: scale of the radiance."""
    radiance_limits: tuple[float, float] | None = None
    """Montage: limits of the colour scale in p/s/cm2/sr; from the images where none are given."""

    @model_validator(mode="after")
    def _limits_rise(self) -> Self:
        for key in ("flux_limits_p_s", "radiance_limits"):
            limits = getattr(self, key)
            if limits is not None and not 0 < limits[0] < limits[1]:
                raise ValueError(f"{key} must be two rising numbers above 0")
        return self


def _default_figures() -> list[Figure]:
    return [
        Figure(name="survival", kind="survival"),
        Figure(name="flux_over_time", kind="flux_over_time"),
        Figure(name="endpoint_burden", kind="endpoint_burden"),
        Figure(name="montage", kind="montage"),
        Figure(name="growth_diagnostics", kind="growth_diagnostics"),
    ]


class Figures(Section):
    """Figures, all rebuilt from this section."""

    preset: Literal["science", "nature", "cell", "slide"] = "science"
    """Journal preset: widths, type sizes, line widths, panel letters."""
    formats: list[Literal["pdf", "svg", "png"]] = ["pdf", "svg", "png"]
    """File formats of every figure."""
    dpi: int = Field(default=300, ge=72, le=1200)
    """Resolution of PNG files."""
    show: list[Figure] = Field(default_factory=_default_figures)
    """The figures."""

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [figure.name for figure in self.show]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two figures have the name {', '.join(f'`{n}`' for n in twice)}")
        return self


class Tables(Section):
    """Tables 1 and 2."""

    formats: list[Literal["csv", "xlsx", "docx", "html"]] = ["csv", "xlsx", "docx", "html"]
    """File formats of every table."""
    smallest_p: float = Field(default=0.0001, gt=0, lt=0.05)
    """Smaller p-values are printed as `<0.0001`."""


class PublishedArm(Section):
    """Published values of one arm, laid beside ours."""

    median_days: float | None = None
    """Published median survival in days."""
    burden_p_s: float | None = None
    """Published endpoint burden in photons/s."""


class Published(Section):
    """Published values of one model."""

    source: str
    """Where they were published."""
    arms: dict[str, PublishedArm] = {}
    """Arm to its published values."""
    survival_p: str | None = None
    """Published p of the survival comparison, as printed."""
    burden_p: str | None = None
    """Published p of the burden comparison, as printed."""
