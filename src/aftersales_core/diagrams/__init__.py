"""流程图: the tables of legal moves as pictures, Mermaid text and SVG, made from the tables themselves."""

from aftersales_core.diagrams.edges import Edge, edges
from aftersales_core.diagrams.mermaid import mermaid
from aftersales_core.diagrams.svg import svg

__all__ = ["Edge", "edges", "mermaid", "svg"]
