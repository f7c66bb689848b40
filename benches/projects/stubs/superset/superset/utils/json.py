from json import JSONDecodeError
from json import dumps
from json import loads
