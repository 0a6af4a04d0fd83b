"""A mouse as it lies under the camera: its size, its place and the axis of its body.

Lengths in cm at the stage; x to the right and y downwards from the centre of the field of view.
The proportions are those of nude mice lying in nose cones, read off a photograph: 7.6 to 7.9 cm
from the edge of the cone to the tail base, 2.1 cm wide behind the shoulders and 3.1 cm at the
hips, a tail of 8.5 cm.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.spatial import cKDTree

Coat = Literal["nude", "white", "black", "agouti"]
View = Literal["dorsal", "ventral"]

LENGTH_CM = 7.6
"""Length at which widths, ears, feet and tail have the sizes written in this package."""
_WIDTH_AT = (0, 0.04, 0.10, 0.16, 0.22, 0.28, 0.36, 0.44, 0.54, 0.66, 0.77, 0.86, 0.92, 0.96, 1)
_WIDTH_CM = (0.95, 1.05, 1.3, 1.65, 2.1, 2.3, 2.15, 2.15, 2.5, 2.8, 3.05, 2.95, 2.3, 1.25, 0.5)
_WIDTH = PchipInterpolator(_WIDTH_AT, _WIDTH_CM)


@dataclass(frozen=True)
class Mouse:
    """A mouse lying under the camera.

    Parameters
    ----------
    x_cm, y_cm : float
        Where the visible front of its head is (the edge of the nose cone).
    angle_deg : float
        Direction of the body: 0 points straight down the image, positive to the left.
    bend_cm : float
        Sideways bow of the midline at half length.
    sway_cm : float
        Sideways S of the midline: to one side at a quarter, to the other at three quarters.
    length_cm : float
        From the front of the head to the tail base, along the midline.
    girth : float
        Width relative to a lean mouse of that length.
    tail_cm, tail_bend_cm : float
        Length of the tail, and its sideways bow at half length.
    coat : str
        `nude`, `white`, `black` or `agouti`.
    view : str
        `dorsal` (back up) or `ventral` (belly up).
    tail_turn_deg : float
        By how much the tail turns to one side over its length; at 180 it comes back.
    ear_tag : bool
        Whether a metal tag shines in its ear.
    belly_cm : float
        By how much its belly is wider than a lean mouse's: of a litter, or of fat.
    """

    x_cm: float
    y_cm: float
    angle_deg: float = 0.0
    bend_cm: float = 0.0
    sway_cm: float = 0.0
    length_cm: float = LENGTH_CM
    girth: float = 1.0
    tail_cm: float = 8.5
    tail_bend_cm: float = 0.4
    coat: Coat = "nude"
    view: View = "dorsal"
    tail_turn_deg: float = 0.0
    ear_tag: bool = False
    belly_cm: float = 0.0

    @property
    def scale(self) -> float:
        """Size relative to a mouse of the length that the proportions were read at."""
        return self.length_cm / LENGTH_CM

    @cached_property
    def axis_cm(self) -> np.ndarray:
        """Midline from the front of the head to the tail base, shape (400, 2): x and y.

        Points are equally spaced along the arc, so a point's index is its fraction of the axis.
        """
        t = np.linspace(0, 1, 2000)
        along = t * self.length_cm
        aside = self.bend_cm * np.sin(np.pi * t) + self.sway_cm * np.sin(2 * np.pi * t)
        arc = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(along), np.diff(aside)))])
        # The arc grows a little with the bow: shrink back to the length that was asked for.
        shrink = self.length_cm / arc[-1]
        even = np.linspace(0, arc[-1], 400)
        return self._place(
            np.interp(even, arc, along) * shrink, np.interp(even, arc, aside) * shrink
        )

    def _place(self, along: np.ndarray, aside: np.ndarray) -> np.ndarray:
        angle = np.deg2rad(self.angle_deg)
        x = self.x_cm - along * np.sin(angle) + aside * np.cos(angle)
        y = self.y_cm + along * np.cos(angle) + aside * np.sin(angle)
        return np.stack([x, y], axis=1)

    def half_width_cm(self, s: np.ndarray) -> np.ndarray:
        """Return half the trunk's width (cm) at fractions of the axis."""
        width = _WIDTH(np.clip(s, 0, 1)) * self.girth * self.scale
        if self.belly_cm:
            width = width + self.belly_cm * np.exp(-(((np.clip(s, 0, 1) - 0.58) / 0.16) ** 2))
        return width / 2

    def at(self, s: float, aside_cm: float = 0.0) -> tuple[float, float]:
        """Return the point at a fraction of the axis (beyond its ends too), so far aside of it.

        Parameters
        ----------
        s : float
            Fraction of the axis.
        aside_cm : float, optional
            Distance from the midline (cm), positive to the image's right for a mouse that
            points straight down.

        Returns
        -------
        x, y : float
            The point (cm).
        """
        axis = self.axis_cm
        i = int(np.clip(round(s * (len(axis) - 1)), 1, len(axis) - 2))
        ahead = axis[i + 1] - axis[i - 1]
        ahead = ahead / np.hypot(*ahead)
        normal = np.array([ahead[1], -ahead[0]])
        beyond = (s - i / (len(axis) - 1)) * self.length_cm
        x, y = axis[i] + beyond * ahead + normal * aside_cm
        return float(x), float(y)

    def on_tail(self, t: float, aside_cm: float = 0.0) -> tuple[float, float]:
        """Return the point at a fraction of the tail, so far aside of its middle.

        Parameters
        ----------
        t : float
            Fraction of the tail, 0 at its base.
        aside_cm : float, optional
            Distance from the tail's middle (cm).

        Returns
        -------
        x, y : float
            The point (cm).
        """
        along, aside = t * self.tail_cm, aside_cm + self.tail_bend_cm * float(np.sin(np.pi * t))
        turn = np.deg2rad(self.tail_turn_deg)
        if turn:  # an arc of even curvature
            radius = self.tail_cm / turn
            aside += float(radius * (1 - np.cos(t * turn)))
            along = float(radius * np.sin(t * turn))
        return self.at(1.0 + along / self.length_cm, aside)

    def project(
        self, x: np.ndarray, y: np.ndarray, reach_cm: float = np.inf
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return, for points, the nearest axis point's fraction, distance and distance ahead.

        Parameters
        ----------
        x, y : numpy.ndarray
            Points (cm).
        reach_cm : float, optional
            Points farther from the axis than this get fraction NaN and infinite distance.

        Returns
        -------
        s, distance, beyond : numpy.ndarray
            Fraction of the axis; distance from it (cm); how far before its start or behind its
            end the point lies (cm; 0 beside the axis).
        """
        axis = self.axis_cm
        points = np.stack([np.ravel(x), np.ravel(y)], axis=1)
        distance, index = np.full(len(points), np.inf), np.full(len(points), len(axis))
        near = (
            (points > axis.min(axis=0) - reach_cm) & (points < axis.max(axis=0) + reach_cm)
        ).all(axis=1)
        distance[near], index[near] = cKDTree(axis).query(
            points[near], distance_upper_bound=reach_cm
        )
        s = np.where(np.isfinite(distance), index / (len(axis) - 1), np.nan)
        beyond = np.zeros(len(points))
        first = (axis[0] - axis[1]) / np.hypot(*(axis[0] - axis[1]))
        last = (axis[-1] - axis[-2]) / np.hypot(*(axis[-1] - axis[-2]))
        ends = index == 0
        beyond[ends] = np.maximum((points[ends] - axis[0]) @ first, 0)
        ends = index == len(axis) - 1
        beyond[ends] = np.maximum((points[ends] - axis[-1]) @ last, 0)
        shape = np.shape(x)
        return s.reshape(shape), distance.reshape(shape), beyond.reshape(shape)
