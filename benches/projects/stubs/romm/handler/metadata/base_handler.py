class Slug(str):
    @property
    def value(self):
        return self.lower()


class Slugs:
    def __getattr__(self, name):
        return Slug(name)


UniversalPlatformSlug = Slugs()
