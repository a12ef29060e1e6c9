"""Losses, one module for each kind; each function names its equation in the paper.

`perceptual`, `head`: photometric (Eq. 7, 8). `latent`: contrastive and source-driver mismatch (Eq. 3, 4, 5, 9).
`canonical`: Eq. 2. `adversarial`: Eq. 10. `total`: Eq. 11 and its weights. `rendered`, `cross`: against exact truth,
which the paper has not.
"""
