"""The error tree: one root, five branches. Imports nothing, so every part may use it.

A structure that is broken raises; one report that is odd is a finding instead (see ``Finding``).
Every message says what was expected, what was found, where, and what to do.
"""


class GovreportError(Exception):
    """Root of all errors that govreport raises on purpose."""

    kind = "error"


class FetchError(GovreportError):
    """A page could not be had: no answer, refused, forbidden by robots.txt, or a challenge page."""

    kind = "fetch"


class ReadError(GovreportError):
    """Bytes could not be read as a document: empty, binary, too large, or an unknown kind of file."""

    kind = "read"


class ParseError(GovreportError):
    """A document was read, but it is not an annual report: a list page, a guide, an error page."""

    kind = "parse"


class FormError(GovreportError):
    """The bundled description of the form contradicts itself, or an edition or name is unknown."""

    kind = "form"


class UsageError(GovreportError, ValueError):
    """A call that cannot be carried out as written: wrong type, unknown option, nothing to work on."""

    kind = "usage"


class UnknownNameError(FormError, UsageError):
    """The bundled description has nothing of this name: the call is wrong, or the file has lost the line."""
