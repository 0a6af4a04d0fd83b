"""The forward model: mice, light, tissue and camera, from which the demo study is made.

It imports nothing of the measuring packages (`living_image`, `radiometry`, `regions`,
`imaging`): geometry, physics and file formats are written here a second time, so that agreement
between what is measured and the truth kept here is evidence for both.
"""
