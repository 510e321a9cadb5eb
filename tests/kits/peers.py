"""detect-secrets with its default plugins, run as `detect-secrets scan --no-verify` would."""

from pathlib import Path

from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.core.scan import scan_file
from detect_secrets.settings import transient_settings

_FILTERS = (
    "allowlist.is_line_allowlisted",
    "heuristic.is_indirect_reference",
    "heuristic.is_likely_id_string",
    "heuristic.is_lock_file",
    "heuristic.is_not_alphanumeric_string",
    "heuristic.is_potential_uuid",
    "heuristic.is_prefixed_with_dollar_sign",
    "heuristic.is_sequential_string",
    "heuristic.is_swagger_file",
    "heuristic.is_templated_secret",
)


def detect_secrets(paths: list[Path]) -> list[tuple[Path, int, str]]:
    """(file, line, kind) of each finding. Nothing is asked over the network."""
    plugins = sorted(each.__name__ for each in get_mapping_from_secret_type_to_class().values())
    settings = {
        "plugins_used": [{"name": name, **_LIMITS.get(name, {})} for name in plugins],
        "filters_used": [{"path": f"detect_secrets.filters.{name}"} for name in _FILTERS],
    }
    with transient_settings(settings):
        return [
            (path, found.line_number, found.type)
            for path in paths
            for found in scan_file(str(path))
        ]


_LIMITS = {"Base64HighEntropyString": {"limit": 4.5}, "HexHighEntropyString": {"limit": 3.0}}
