"""Config of figures, tables and the report."""

from __future__ import annotations

from typing import Annotated, Literal, Self, cast

from pydantic import Field, model_validator

from lumicohort.study.config.base import Section

PanelKind = Literal[
    "survival",
    "cumulative_incidence",
    "flux_over_time",
    "endpoint_burden",
    "montage",
    "spider",
    "waterfall",
    "regions",
    "forest",
    "growth_diagnostics",
    "schematic",
    "weights",
    "swimmer",
    "flow",
    "qc_summary",
]
Colour = Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$")]
FigureFormat = Literal["pdf", "svg", "png", "png_600", "tiff"]
Preset = Literal["science", "nature", "cell", "slide"]

FILE_ENDINGS: dict[str, str] = {
    "pdf": ".pdf",
    "svg": ".svg",
    "png": ".png",
    "png_600": "_600dpi.png",
    "tiff": ".tiff",
}
"""What follows a figure's name in the name of its file, by format."""


class Drawing(Section):
    """How panels are drawn."""

    models: list[str] | None = None
    """Models drawn, one panel each; all where none are given."""
    arms: list[str] | None = None
    """Arms drawn, in this order; all in the order of `arms` where none are given."""
    labels: dict[str, str] = {}
    """Names of arms and models in this figure only, by the names in the cohort sheet."""
    colours: dict[str, Colour] = {}
    """Colours of arms in this figure only, `#RRGGBB`."""
    test: str | None = None
    """Survival, endpoint: the test whose p is printed (`logrank`, `mann_whitney`, …); the one that
    the statistics lead with where none is given."""
    mean: Literal["geometric", "arithmetic"] = "geometric"
    """Flux over time, endpoint: `geometric` mean with its 95% CI, or `arithmetic` mean with SEM."""
    bands: bool = True
    """Survival, cumulative incidence: confidence bands; flux over time: error bars."""
    time_unit: Literal["days", "weeks"] = "days"
    """Panels with a time axis: its unit."""
    day_limits: tuple[float, float] | None = None
    """Panels with a time axis: first and last day shown (days, whatever the unit); from the data
    where none are given."""
    flux_unit: Literal["p/s", "photons/s"] = "p/s"
    """Panels with a flux axis: how its unit is written."""
    flux_limits_p_s: tuple[float, float] | None = None
    """Flux over time, endpoint: limits of the flux axis in p/s; from the data where none given."""
    days: list[int] | None = None
    """Montage: the days shown; all on which its animals were imaged where none are given."""
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
        if self.day_limits is not None and not 0 <= self.day_limits[0] < self.day_limits[1]:
            raise ValueError("day_limits must be two rising days, not below 0")
        return self


class CompositePanel(Drawing):
    """One place of a composite figure; what it leaves out is as the figure says."""

    kind: PanelKind
    """What is drawn."""
    weight: float = Field(default=1.0, gt=0, le=20)
    """Width of this panel in proportion to the others of its row."""


class Figure(Drawing):
    """One figure file."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")
    """File name of the figure, without its ending."""
    kind: Literal[PanelKind, "composite"]
    """What is drawn; `composite` puts the panels of `rows` on one page, lettered."""
    rows: list[list[CompositePanel]] = []
    """Composite: rows of panels from top to bottom; panels take the keys above as well."""
    width_cm: float | None = Field(default=None, gt=2, le=60)
    """Width of the figure; the preset's column widths are the natural choices."""
    preset: Preset | None = None
    """Journal preset of this figure, where another than `figures.preset`."""
    formats: list[FigureFormat] | None = None
    """File formats of this figure, where others than `figures.formats`."""
    caption: str | None = None
    """Caption of your own; `{title}`, `{text}`, `{n}` and `{tests}` stand for the parts of ours."""

    @model_validator(mode="after")
    def _rows_of_composites(self) -> Self:
        if self.kind == "composite" and not (self.rows and all(self.rows)):
            raise ValueError(
                "a composite needs `rows`, a list of lists of panels "
                "(such as `rows: [[{kind: montage}], [{kind: survival}]]`)"
            )
        if self.kind != "composite" and self.rows:
            raise ValueError("only figures of kind `composite` have `rows`")
        return self

    @model_validator(mode="after")
    def _caption_can_be_filled(self) -> Self:
        from string import Formatter

        try:
            found = [
                name for _, name, _, _ in Formatter().parse(self.caption or "") if name is not None
            ]
        except ValueError as error:
            raise ValueError(f"caption cannot be read: {error}") from None
        unknown = sorted(set(found) - {"title", "text", "n", "tests"})
        if unknown:
            raise ValueError(
                f"caption has the placeholder {', '.join(f'`{{{u}}}`' for u in unknown)}; "
                "known are {title}, {text}, {n} and {tests}"
            )
        return self

    @property
    def kinds(self) -> list[PanelKind]:
        """Every kind of panel that the figure draws."""
        return [panel.kind for row in self.rows for panel in row] or [cast("PanelKind", self.kind)]

    def inherited(self, panel: CompositePanel) -> CompositePanel:
        """Return a panel of a composite with what it leaves out taken from the figure."""
        ours = {
            key: getattr(self, key)
            for key in Drawing.model_fields
            if key in self.model_fields_set and key not in panel.model_fields_set
        }
        return panel.model_copy(update=ours)


def _default_figures() -> list[Figure]:
    return [
        Figure(name="survival", kind="survival"),
        Figure(name="flux_over_time", kind="flux_over_time"),
        Figure(name="endpoint_burden", kind="endpoint_burden"),
        Figure(name="montage", kind="montage"),
        Figure(name="flow", kind="flow"),
        Figure(name="swimmer", kind="swimmer"),
        Figure(name="growth_diagnostics", kind="growth_diagnostics"),
    ]


class Figures(Section):
    """Figures, all rebuilt from this section."""

    preset: Preset = "science"
    """Journal preset: widths, type sizes, line widths, panel letters."""
    formats: list[FigureFormat] = ["pdf", "svg", "png"]
    """File formats of every figure; `png_600` and `tiff` have 600 dpi."""
    dpi: int = Field(default=300, ge=72, le=1200)
    """Resolution of `png` files."""
    show: list[Figure] = Field(default_factory=_default_figures)
    """The figures."""

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [figure.name for figure in self.show]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two figures have the name {', '.join(f'`{n}`' for n in twice)}")
        # Many file systems take `A` and `a` for one file, and rules take `-` and `_` for one name.
        alike = [file.casefold().replace("-", "_") for f in self.show for file in self.files_of(f)]
        twice = sorted({file for file in alike if alike.count(file) > 1})
        if twice:
            raise ValueError(
                f"the files of two figures would be called {', '.join(f'`{n}`' for n in twice)}; "
                "give them names that differ in more than case and hyphens"
            )
        return self

    def formats_of(self, figure: Figure) -> list[FigureFormat]:
        """Return the formats of a figure, each once."""
        return list(dict.fromkeys(figure.formats or self.formats))

    def files_of(self, figure: Figure) -> dict[str, FigureFormat]:
        """Return the names of a figure's files with their formats."""
        return {f"{figure.name}{FILE_ENDINGS[f]}": f for f in self.formats_of(figure)}

    def preset_of(self, figure: Figure) -> Preset:
        """Return the preset of a figure."""
        return figure.preset or self.preset


class Rounding(Section):
    """How numbers are rounded and p is written, in tables, figures and the report alike."""

    p_digits: int = Field(default=2, ge=1, le=6)
    """Significant digits of p and of hazard ratios (more for a p that would round to 0.05)."""
    p_letter: Literal["P", "p"] = "P"
    """The letter before a p-value: `P = 0.0032` or `p = 0.0032`."""
    days_decimals: int = Field(default=1, ge=0, le=3)
    """Digits after the point of days, at most."""
    percent_decimals: int = Field(default=0, ge=0, le=3)
    """Digits after the point of percentages, at most."""
    flux_decimals: int = Field(default=1, ge=0, le=4)
    """Digits after the point of fluxes, as in 1.5 × 10⁷."""


TableFormat = Literal["csv", "xlsx", "docx", "html", "tex"]


class Tables(Section):
    """Tables 1, 2 and S1."""

    formats: list[TableFormat] = ["csv", "xlsx", "docx", "html", "tex"]
    """File formats of every table."""
    rounding: Rounding = Rounding()
    """Rounding of numbers in tables, figures and the report."""
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
