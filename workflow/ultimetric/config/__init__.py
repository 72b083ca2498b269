"""The typed config of a study: one model per section, and one sentence on each mistake."""

from ultimetric.config.models import Config as Config
from ultimetric.config.models import parse as parse
from ultimetric.config.old_keys import refuse_old_keys as refuse_old_keys
