"""Functions over grids of geometries, and the atlas of every small one."""
