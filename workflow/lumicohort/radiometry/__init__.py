"""From camera counts to radiance and flux, one correction a function."""

from lumicohort.radiometry.calibrate import calibrate
from lumicohort.radiometry.radiance import RadianceImage, total_flux_p_s, total_flux_se_p_s

__all__ = ["RadianceImage", "calibrate", "total_flux_p_s", "total_flux_se_p_s"]
