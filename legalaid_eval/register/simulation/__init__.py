"""Demo City (示范市): twelve fictional counties whose reforms have effects that are known (docs/demo_city.md)."""
