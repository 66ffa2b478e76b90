"""Figures and ratios of one run, printed with what they mean."""

from dataclasses import dataclass


@dataclass(frozen=True)
class _Ratio:
    name: str
    value: float
    floor: float | None
    meaning: str


class Report:
    """Collects; `close` prints the ratios and says whether all floors were kept."""

    def __init__(self) -> None:
        self.figures: dict[str, float] = {}
        self._ratios: list[_Ratio] = []

    def figure(self, name: str, value: float, unit: str) -> None:
        """Note and print one figure."""
        self.figures[name] = value
        print(f"  {name:<66} {value:>12,.2f} {unit}")

    def ratio(self, name: str, value: float, floor: float | None, meaning: str) -> None:
        """Note a ratio; below its floor the run fails."""
        self._ratios.append(_Ratio(name, value, floor, meaning))

    def close(self) -> int:
        """Print the ratios; returns the exit status."""
        print("\nRatios, within this run:")
        for ratio in self._ratios:
            kept = ratio.floor is None or ratio.value >= ratio.floor
            floor = (
                ""
                if ratio.floor is None
                else f" (at least {ratio.floor:.2f}: {'kept' if kept else 'MISSED'})"
            )
            print(f"  {ratio.name}: {ratio.value:.3f}{floor}\n    {ratio.meaning}")
        return 0 if all(r.floor is None or r.value >= r.floor for r in self._ratios) else 1
