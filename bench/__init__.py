"""测速: what the paths of daily use cost, as ratios measured in one run."""
