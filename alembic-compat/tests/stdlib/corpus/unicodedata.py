import re
import unicodedata

TEXTS = ["", "abc", "Héllo Wörld", "ﬁne ½ Å Ａ", "e\u0301\u0323", "한국어", "ǅ ſ", "\u1e9b\u0323", "Ⅷ №5", "ﷺ", "a\u0308\u0303 ö̃", "😀"]
for form in ("NFC", "NFD", "NFKC", "NFKD"):
    for text in TEXTS:
        made = unicodedata.normalize(form, text)
        print(form, ascii(text), ascii(made), len(made), unicodedata.is_normalized(form, text))
# ---
import unicodedata

for character in "aé\u0301\u0323\u05b0\u3099":
    print(ascii(character), unicodedata.combining(character))
# ---
import re
import unicodedata


def slug(text):
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", text.lower())).strip("-_")


for text in ("Héllo  Wörld!", "ŁÓDŹ", "Straße", "100% -- sûr?", "日本"):
    print(slug(text))
print("".join(c for c in unicodedata.normalize("NFD", "Crème Brûlée") if not unicodedata.combining(c)))
# ---
import unicodedata

unicodedata.normalize("NFX", "a")
# ---
import unicodedata

unicodedata.normalize("NFC", 5)
# ---
import unicodedata

unicodedata.combining("ab")
