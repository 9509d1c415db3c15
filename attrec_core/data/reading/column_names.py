"""The usual names of columns, by role, in English, German, French, Spanish and Korean. This one list is for tables of
interactions and for tables of items.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping


def snake(name: str) -> str:
    """A column's name in lower case, with underscores, without accents, and without the type that RecBole adds."""
    letters = unicodedata.normalize("NFKD", name.split(":")[0].strip(" .").lower())
    # Korean syllables, which are taken apart as well, are put together again.
    text = unicodedata.normalize("NFC", "".join(letter for letter in letters if not unicodedata.combining(letter)))
    return re.sub(r"[\s'’-]+", "_", text.strip())


def squeezed(name: str) -> str:
    """The name as it is compared: userId, user_id and User ID are the same."""
    return snake(name).replace("_", "")


def only_ids_of(*nouns: str) -> tuple[str, ...]:
    """Names for the ids of these things: Kundennummer, id_cliente, 회원번호 …"""
    forms = (
        "{}_id",
        "id_{}",
        "{}_nr",
        "{}nummer",
        "numero_{}",
        "numero_de_{}",
        "numero_d'{}",
        "{}번호",
        "{}코드",
        "{}아이디",
    )
    return tuple(form.format(noun) for form in forms for noun in nouns)


def ids_of(*nouns: str) -> tuple[str, ...]:
    """Names for the ids of these things, then the things themselves."""
    return (*only_ids_of(*nouns), *nouns)


# A column of ids comes before the same name without "id", which may be a name: user_id before user.
NAMES: Mapping[str, tuple[str, ...]] = {
    "user": (
        *("user_id", "user", "uid", "viewer_id", "viewer", "reviewer_id", "visitor_id", "customer_id", "customer"),
        *("session_id", "session", "username", "account_id", "account", "listener", "person_id", "person"),
        *("member_id", "twitter_id", "household_id", "household", "household_key", "client_id", "client", "buyer_id"),
        *("shopper_id", "profile_id", "student_id", "student", "learner_id", "learner", "player_id", "reader_id"),
        *("patient_id", "subscriber_id"),
        *ids_of("nutzer", "benutzer", "kunde", "kunden", "leser", "besucher", "käufer", "mitglied", "mitglieds"),
        *ids_of("teilnehmer", "schüler", "spieler", "hörer", "konto", "personen", "ausweis"),
        *("nutzerin", "benutzerin", "benutzername", "kundin", "leserin", "schülerin"),
        *ids_of("utilisateur", "utilisatrice", "client", "lecteur", "lectrice", "adhérent", "abonné", "usager"),
        *ids_of("membre", "acheteur", "visiteur", "joueur", "élève", "étudiant", "compte", "personne"),
        *ids_of("usuario", "usuaria", "cliente", "lector", "lectora", "socio", "socia", "comprador", "visitante"),
        *ids_of("jugador", "alumno", "alumna", "estudiante", "cuenta", "miembro"),
        *ids_of("사용자", "이용자", "유저", "회원", "고객", "독자", "구매자", "학생"),
    ),
    "item": (
        *("item_id", "item", "iid", "movie_id", "movie", "product_id", "product", "asin", "parent_asin", "stock_code"),
        *("sku", "artist_id", "artist", "song_id", "track_id", "track", "book_id", "business_id", "gmap_id", "game_id"),
        *("article_id", "video_id", "poi_id", "venue_id", "course_id", "course", "lesson_id", "exercise_id"),
        *("question_id", "film_id", "film", "show_id", "series_id", "episode_id", "anime_id", "album_id", "recipe_id"),
        *("beer_id", "wine_id", "isbn", "news_id", "post_id", "doc_id", "document_id", "content_id", "page_id"),
        *("listing_id", "hotel_id", "restaurant_id", "place_id", "ad_id", "offer_id", "goods_id", "merchant_id"),
        "creative_id",
        *ids_of("artikel", "produkt", "buch", "exemplar", "lied", "kurs", "spiel", "objekt"),
        *only_ids_of("medien", "medium"),  # a bare "medium" is the way by which a visitor came to a page
        *ids_of("ware", "waren", "gegenstand", "filme", "bücher", "rezept", "aufgabe"),
        *ids_of("article", "produit", "film", "livre", "ouvrage", "œuvre", "chanson", "morceau", "cours", "jeu"),
        *ids_of("objet", "exemplaire", "référence"),
        *ids_of("artículo", "producto", "película", "libro", "obra", "canción", "curso", "juego", "objeto", "ejemplar"),
        *ids_of("상품", "제품", "아이템", "품목", "항목", "영화", "도서", "책", "곡", "노래", "강의", "게임", "콘텐츠"),
    ),
    "time": (
        *("timestamp", "time", "date", "datetime", "ts", "unix_time", "unix_review_time", "unix_timestamp"),
        *("event_time", "invoice_date", "created_at", "timestamps", "event_date", "order_date", "event_timestamp"),
        *("transaction_timestamp", "transaction_time", "transaction_date", "purchase_date", "purchase_time"),
        *("review_date", "completed"),
        *("zeitstempel", "zeitpunkt", "datum", "zeit", "ausleihdatum", "leihdatum", "ausgeliehen_am", "entliehen_am"),
        *("kaufdatum", "bestelldatum", "gekauft_am", "bestellt_am"),
        *("horodatage", "date_d'emprunt", "date_emprunt", "date_d'achat", "date_achat", "date_de_commande"),
        *("date_commande", "temps"),
        *("marca_de_tiempo", "marca_temporal", "fecha_y_hora", "fecha_hora", "fecha", "fecha_de_préstamo"),
        *("fecha_préstamo", "fecha_de_compra", "fecha_compra", "fecha_de_pedido", "fecha_pedido", "tiempo"),
        *(
            "타임스탬프",
            "일시",
            "날짜",
            "일자",
            "시간",
            "시각",
            "대출일시",
            "대출일자",
            "대출일",
            "구매일시",
            "구매일자",
        ),
        *("구매일", "주문일시", "주문일자", "주문일"),
    ),
    "rating": ("rating", "overall", "stars", "score", "weight", "rate", "play_count"),
    "event": (
        *("event", "event_type", "behavior", "behaviour", "behavior_type", "action", "action_type", "event_name"),
        *("event_kind", "kind"),
    ),
    "title": (
        *("title", "name", "item_title", "movie_title", "item_name", "product_name", "description", "artist_name"),
        *("titel", "buchtitel", "filmtitel", "artikelname", "produktname", "artikelbezeichnung", "bezeichnung"),
        *("titre", "titre_du_livre", "titre_du_film", "intitulé", "libellé", "désignation", "nom_du_produit", "nom"),
        *("título", "título_del_libro", "denominación", "nombre_del_producto", "nombre_producto", "nombre"),
        *("제목", "도서명", "책제목", "서명", "영화제목", "영화명", "상품명", "제품명", "곡명", "이름"),
    ),
    "genres": (
        *("genres", "genre", "category", "categories", "class", "main_category"),
        *("gattung", "gattungen", "kategorie", "kategorien", "rubrik", "sparte", "sachgebiet", "warengruppe"),
        *("catégorie", "catégories", "rubrique", "género", "géneros", "categoría", "categorías"),
        *("장르", "분류", "카테고리", "범주"),
    ),
    "year": (
        *("year", "release_year", "jahr", "erscheinungsjahr", "publikationsjahr", "produktionsjahr"),
        *("année", "année_de_parution", "année_de_publication", "année_de_sortie"),
        *("año", "año_de_publicación", "año_de_estreno"),
        *(
            "연도",
            "년도",
            "출판연도",
            "출판년도",
            "발행연도",
            "발행년도",
            "제작연도",
            "제작년도",
            "개봉연도",
            "개봉년도",
        ),
    ),
}
# In a table of items, a bare "id" is that of the item.
ID_NAMES = ("id", "nr", "nummer", "numéro", "número", "identifiant", "identificador", "번호", "아이디")
# Columns that may hold the order of the rows. They are offered as the time, never taken for it: a rank may be one of
# popularity.
ORDER_NAMES = (
    *("position", "pos", "seq", "sequence", "order", "rank", "step", "session_order", "sequence_number", "seq_no"),
    *("reihenfolge", "rang", "schritt", "ordre", "orden", "posición", "순서", "순번"),
)
# The parts of a date in several columns; some data sets put "date_" before them.
DATE_PARTS = ("year", "month", "day", "hour", "minute", "second")
BY_ROLE = {role: {squeezed(name) for name in names} for role, names in NAMES.items()}
ALL_NAMES = set().union(*BY_ROLE.values(), DATE_PARTS)


def is_named(column: str, role: str) -> bool:
    """Whether the column has a usual name of the role."""
    return squeezed(column) in BY_ROLE[role]


def is_name(text: str) -> bool:
    """Whether the text is probably the name of a column."""
    return squeezed(text) in ALL_NAMES or re.fullmatch(r"[a-z_]+(_id|_at)", snake(text)) is not None


def first_named(columns: Iterable[str], names: Iterable[str]) -> str | None:
    """The column with the earliest of `names`, whatever its case, its accents and the signs between its words."""
    by_name = {squeezed(name): name for name in reversed(list(columns))}
    return next((by_name[name] for name in map(squeezed, names) if name in by_name), None)


def order_columns(columns: Iterable[str]) -> list[str]:
    """The columns that may hold the order of the rows, by their names: position, play_order …"""
    known = {squeezed(name) for name in ORDER_NAMES}
    return [name for name in columns if squeezed(name) in known or snake(name).rpartition("_")[2] in known]
