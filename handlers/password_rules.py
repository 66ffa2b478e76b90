"""Which passwords an official may choose. Pure."""

from handlers.errors import Invalid

MIN_PASSWORD, MAX_PASSWORD = 10, 200
_COMMON = frozenset(
    "1234567890 0123456789 12345678910 123456789a a123456789 1111111111 0000000000 9999999999 0987654321 "  # noqa: SIM905  # words
    "1q2w3e4r5t qwertyuiop qwerty1234 qwerty12345 password12 password123 password1234 matkhau123 matkhau1234 "
    "matkhau12345 haichieu123 haichieu2026 haiphong123 haiphong2025 haiphong2026 haiduong123 haiduong2025 "
    "haiduong2026 abcdefghij abcd123456 abc1234567 abc12345678 iloveyou123 anhyeuem123 emyeuanh123 admin12345 "
    "admin123456 administrator quantri123 canboxa123 vietnam123 vietnam1234 welcome123 letmein123".split()
)


def check_password(password: str, username: str) -> None:
    """Raise Invalid("password", …) for one that is too easy to guess."""
    if len(password) < MIN_PASSWORD:
        raise Invalid(
            "password", f"Mật khẩu cần ít nhất {MIN_PASSWORD} ký tự. Bốn, năm từ ghép lại là tốt và dễ nhớ."
        )
    if len(password) > MAX_PASSWORD:
        raise Invalid("password", f"Mật khẩu dài quá {MAX_PASSWORD} ký tự.")
    plain = password.strip().lower()
    if plain == username or plain == username * (len(plain) // max(1, len(username))):
        raise Invalid("password", "Mật khẩu không được trùng tên đăng nhập.")
    if plain in _COMMON or len(set(plain)) < 4:
        raise Invalid("password", "Mật khẩu này quá dễ đoán. Hãy chọn mật khẩu khác.")
