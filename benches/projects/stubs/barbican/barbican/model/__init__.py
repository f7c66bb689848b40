from barbican.model import models
