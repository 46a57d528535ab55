"""Which single layer an operator is, however it was made; layers fused to one."""
