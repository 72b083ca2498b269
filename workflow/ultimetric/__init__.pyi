from ultimetric.by_name import bundled as bundled
from ultimetric.by_name import load_kind as load_kind
from ultimetric.by_name import published as published
from ultimetric.comparing import compare as compare
from ultimetric.comparison import Comparison as Comparison
from ultimetric.errors import UserError as UserError
from ultimetric.events import Entries as Entries
from ultimetric.events import Events as Events
from ultimetric.events import read_events as read_events
from ultimetric.events import write_events as write_events
from ultimetric.kinds.base import Kind as Kind

__version__: str
