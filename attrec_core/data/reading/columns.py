"""Finds the role of each column by its name, in upper or lower case, among the usual names in English, German, French,
Spanish and Korean. One list of names is for tables of interactions and for tables of items.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from attrec_core.data.options import ROLES, Columns
from attrec_core.errors import InputError, shown


def snake(name: str) -> str:
    """A column's name in lower case, with underscores, without accents, and without the type that RecBole adds."""
    letters = unicodedata.normalize("NFKD", name.split(":")[0].strip(" .").lower())
    # Korean syllables, which are taken apart as well, are put together again.
    text = unicodedata.normalize("NFC", "".join(letter for letter in letters if not unicodedata.combining(letter)))
    return re.sub(r"[\s'’-]+", "_", text.strip())


def squeezed(name: str) -> str:
    """The name as it is compared: userId, user_id and User ID are the same."""
    return snake(name).replace("_", "")


words = str.split
# How a column of ids is called after its things: Kundennummer, id_cliente, 회원번호 …
ID_FORMS = words("{}_id id_{} {}_nr {}nummer numero_{} numero_de_{} numero_d'{} {}번호 {}코드 {}아이디")


def ids_of(nouns: str, *, bare: bool = True) -> list[str]:
    """Names for the ids of these things, then, if `bare`, the things themselves."""
    return [form.format(noun) for form in ID_FORMS for noun in words(nouns)] + (words(nouns) if bare else [])


# A column of ids comes before the same name without "id", which may be a name: user_id before user.
NAMES: Mapping[str, Sequence[str]] = {
    "user": [
        *words(
            """user_id user uid viewer_id viewer reviewer_id visitor_id customer_id customer session_id session username
            account_id account listener person_id person member_id twitter_id household_id household household_key
            client_id client buyer_id shopper_id profile_id student_id student learner_id learner player_id reader_id
            patient_id subscriber_id"""
        ),
        *ids_of("nutzer benutzer kunde kunden leser besucher käufer mitglied mitglieds"),
        *ids_of("teilnehmer schüler spieler hörer konto personen ausweis"),
        *words("nutzerin benutzerin benutzername kundin leserin schülerin"),
        *ids_of("utilisateur utilisatrice client lecteur lectrice adhérent abonné usager"),
        *ids_of("membre acheteur visiteur joueur élève étudiant compte personne"),
        *ids_of("usuario usuaria cliente lector lectora socio socia comprador visitante"),
        *ids_of("jugador alumno alumna estudiante cuenta miembro"),
        *ids_of("사용자 이용자 유저 회원 고객 독자 구매자 학생"),
    ],
    "item": [
        *words(
            """item_id item iid movie_id movie product_id product asin parent_asin stock_code sku artist_id artist
            song_id track_id track book_id business_id gmap_id game_id article_id video_id poi_id venue_id course_id
            course lesson_id exercise_id question_id film_id film show_id series_id episode_id anime_id album_id
            recipe_id beer_id wine_id isbn news_id post_id doc_id document_id content_id page_id listing_id hotel_id
            restaurant_id place_id ad_id offer_id goods_id merchant_id creative_id"""
        ),
        *ids_of("artikel produkt buch exemplar lied kurs spiel objekt"),
        *ids_of("medien medium", bare=False),  # a bare "medium" is the way by which a visitor came to a page
        *ids_of("ware waren gegenstand filme bücher rezept aufgabe"),
        *ids_of("article produit film livre ouvrage œuvre chanson morceau cours jeu"),
        *ids_of("objet exemplaire référence"),
        *ids_of("artículo producto película libro obra canción curso juego objeto ejemplar"),
        *ids_of("상품 제품 아이템 품목 항목 영화 도서 책 곡 노래 강의 게임 콘텐츠"),
    ],
    "time": words(
        """timestamp time date datetime ts unix_time unix_review_time unix_timestamp event_time invoice_date created_at
        timestamps event_date order_date event_timestamp transaction_timestamp transaction_time transaction_date
        purchase_date purchase_time review_date completed
        zeitstempel zeitpunkt datum zeit ausleihdatum leihdatum ausgeliehen_am entliehen_am kaufdatum bestelldatum
        gekauft_am bestellt_am
        horodatage date_d'emprunt date_emprunt date_d'achat date_achat date_de_commande date_commande temps
        marca_de_tiempo marca_temporal fecha_y_hora fecha_hora fecha fecha_de_préstamo fecha_préstamo fecha_de_compra
        fecha_compra fecha_de_pedido fecha_pedido tiempo
        타임스탬프 일시 날짜 일자 시간 시각 대출일시 대출일자 대출일 구매일시 구매일자 구매일
        주문일시 주문일자 주문일"""
    ),
    "rating": words(
        """rating overall stars score weight rate play_count
        bewertung wertung sterne étoiles valoración calificación puntuación estrellas 평점 별점"""
    ),
    "event": words("event event_type behavior behaviour behavior_type action action_type event_name event_kind kind"),
    "title": words(
        """title name item_title movie_title item_name product_name description artist_name
        titel buchtitel filmtitel artikelname produktname artikelbezeichnung bezeichnung
        titre titre_du_livre titre_du_film intitulé libellé désignation nom_du_produit nom
        título título_del_libro denominación nombre_del_producto nombre_producto nombre
        제목 도서명 책제목 서명 영화제목 영화명 상품명 제품명 곡명 이름"""
    ),
    "genres": words(
        """genres genre category categories class main_category
        gattung gattungen kategorie kategorien rubrik sparte sachgebiet warengruppe
        catégorie catégories rubrique género géneros categoría categorías 장르 분류 카테고리 범주"""
    ),
    "year": words(
        """year release_year jahr erscheinungsjahr publikationsjahr produktionsjahr
        année année_de_parution année_de_publication année_de_sortie año año_de_publicación año_de_estreno
        연도 년도 출판연도 출판년도 발행연도 발행년도 제작연도 제작년도 개봉연도 개봉년도"""
    ),
}
# In a table of items, a bare "id" is that of the item.
ID_NAMES = words("id nr nummer numéro número identifiant identificador 번호 아이디")
# Columns that may hold the order of the rows. They are offered as the time, never taken for it: a rank may be one of
# popularity.
ORDER_NAMES = words(
    """position pos seq sequence order rank step session_order sequence_number seq_no
    reihenfolge rang schritt ordre orden posición 순서 순번"""
)
# The parts of a date in several columns; some data sets put "date_" before them.
DATE_PARTS = ("year", "month", "day", "hour", "minute", "second")
BY_ROLE = {role: {squeezed(name) for name in names} for role, names in NAMES.items()}
ALL_NAMES = set().union(*BY_ROLE.values(), DATE_PARTS)
# A column of dates, and a column of milliseconds to add to it, as in Diginetica.
DAYS, SINCE = ("eventdate", "event_date", "date"), "timeframe"
# Endings of names that are not listed: if a role has no column, the only column with this ending takes it.
ENDINGS = {"user": "_id", "item": "_id", "time": "_at"}
NEITHER = words(
    """order_id transaction_id event_id row_id review_id rating_id invoice_id tag_id genre_id category_id brand_id
    department_id aisle_id shop_id store_id seller_id vendor_id city_id region_id country_id type_id parent_id"""
)
ORDER = " The order of the rows may be in {order}, which can be the time."  # order: columns
WHOLE_FLOAT = re.compile(r"-?(0|[1-9][0-9]*)\.0")


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


def whole_ids(names: Iterable[str]) -> list[str]:
    """Ids without their .0 if all are whole numbers written as decimals (17850.0), or empty; else unchanged."""
    names = list(names)
    decimal = any(names) and all(not name or WHOLE_FLOAT.fullmatch(name) for name in names)
    return [name.removesuffix(".0") for name in names] if decimal else names


def date_columns(columns: Sequence[str]) -> tuple[str, ...]:
    """Columns that together make a date: year, month, day and, if there are any, hour, minute, second."""
    by_part = {part_of(name): name for name in reversed(columns)}
    is_complete = all(part in by_part for part in DATE_PARTS[:3])
    return tuple(by_part[part] for part in DATE_PARTS if part in by_part) if is_complete else ()


def part_of(column: str) -> str:
    """Which part of a date a column holds, by its name."""
    return re.sub(r"^date_", "", snake(column))


def listed(columns: Iterable[str]) -> str:
    return ", ".join(shown(name, 40) for name in list(columns)[:12])


def column_called(columns: Sequence[str], wanted: str) -> str | None:
    """The column of this name, else of this number from 1; None if there is none."""
    if wanted in columns:
        return wanted
    return columns[int(wanted) - 1] if wanted.isdecimal() and 1 <= int(wanted) <= len(columns) else None


def chosen_column(columns: Sequence[str], wanted: str, role: str, file: Path) -> str:
    """The column that a person chose by name, else by number from 1. Raises InputError naming the columns there are."""
    if (name := column_called(columns, wanted)) is not None:
        return name
    text, setting = "{file} has no column {wanted}; its columns are: {columns}.", f"{role}_column"
    raise InputError("no_such_column", text, setting=setting, file=file, wanted=shown(wanted), columns=listed(columns))


def parts_of(named: str, columns: Collection[str]) -> list[str]:
    """The columns of a role: a single column, whose name may contain "+", or the several parts of a time."""
    return [named] if named in columns else named.split("+")


def role_of(column: str, roles: Mapping[str, str], columns: Collection[str]) -> str | None:
    """The role of a column, alone or as a part of a time; None: no role."""
    return next((role for role, named in roles.items() if column in parts_of(named, columns)), None)


def roles_of(
    columns: Sequence[str], choice: Columns, file: Path, *, timeless: bool = False, numeric: Collection[str] = ()
) -> dict[str, str]:
    """Role → column name (several, joined by "+", for a time in parts). A column has one role only. numeric: see
    `with_names`.

    Raises InputError when there is no column for user, item or, unless `timeless`, time.
    """
    roles: dict[str, str] = {}
    for role in ROLES:
        chosen = getattr(choice, role)
        if chosen is not None and (chosen in columns or not choice.without(role)):
            parts = parts_of(chosen, columns)
            roles[role] = "+".join(chosen_column(columns, part.strip(), role, file) for part in parts)
    roles = with_names(roles, columns, choice, numeric, timeless=timeless)
    if "time" in roles and roles.get("year") in parts_of(roles["time"], columns):
        del roles["year"]
    missing = [role for role in ("user", "item") if role not in roles]
    missing += ["time"] if "time" not in roles and not timeless else []
    if missing:
        raise no_column(missing, columns, file)
    shared = next((name for name in roles.values() if list(roles.values()).count(name) > 1), None)
    if shared is not None:
        text = "{file}: the column {column} cannot be {roles} at once; name another one."
        shared_roles = " and ".join(role for role, name in roles.items() if name == shared)
        raise InputError("column_with_two_roles", text, file=file, column=shown(shared), roles=shared_roles)
    return roles


def no_column(missing: Sequence[str], columns: Sequence[str], file: Path) -> InputError:
    """The error that asks for the columns of all roles without a column."""
    order = order_columns(columns) if "time" in missing else []
    text = "{file} has no {role} column (looked for {known}, …); its columns are: {columns}. {Choose}."
    if len(missing) > 1:
        settings = ", ".join(f"{{name:{role}_column}}" for role in missing)
        text = f"{{file}} has no {{role}} column; its columns are: {{columns}}. Say which they are: {settings}."
    text += ORDER if order else ""
    if "time" in missing:
        text += " Where the file has no time, {choose:time_unit=none}: its order then counts."
    return InputError(
        "no_column",
        text,
        setting=f"{missing[0]}_column",
        file=file,
        role=" and no ".join(missing),
        known=", ".join(NAMES[missing[0]][:10]),
        columns=listed(columns),
        order=" or ".join(map(shown, order)),
    )


def order_told(columns: Iterable[str]) -> str:
    """A sentence, after a space, on the columns that may have the order of the rows; "" if there are none."""
    order = " or ".join(map(shown, order_columns(columns)))
    return ORDER.format(order=order) if order else ""


def likely_columns(columns: Sequence[str], choice: Columns, numeric: Collection[str] = ()) -> dict[str, str]:
    """Role → column as far as possible: as chosen, else by its name. For a file that cannot be read yet. numeric: see
    `with_names`."""
    chosen = {
        role: name for role in ROLES if (name := getattr(choice, role)) and {*parts_of(name, columns)} <= {*columns}
    }
    return with_names(chosen, columns, choice, numeric)


def with_names(
    roles: Mapping[str, str], columns: Sequence[str], choice: Columns, numeric: Collection[str], timeless: bool = False
) -> dict[str, str]:
    """The roles, with roles added by the names of other columns; a date may be in several columns. numeric: the columns
    of numbers, which are not taken for titles: "nombre" is the name in Spanish, and the quantity in French."""
    result = dict(roles)
    wanted = [role for role in NAMES if not (role in roles or choice.without(role) or (timeless and role == "time"))]
    for role in wanted:
        free = [name for name in columns if role_of(name, result, columns) is None]
        free = [name for name in free if role != "title" or name not in numeric]
        named = first_named(free, NAMES[role]) or (role == "time" and "+".join(date_columns(free)))
        if named:
            since = first_named(free, [SINCE]) if role == "time" and snake(named) in DAYS else None
            result[role] = named if since is None else f"{named}+{since}"
    free = [name for name in columns if role_of(name, result, columns) is None and name not in numeric]
    title = title_beside(result.get("item", ""), free)
    if title is not None and "title" in wanted:
        result.setdefault("title", title)
    for role, ending in ENDINGS.items():
        free = [name for name in columns if role_of(name, result, columns) is None and snake(name).endswith(ending)]
        free = [name for name in free if snake(name) not in NEITHER]
        free = [name for name in free if "." not in name] or free  # nested keys of JSON come last
        if role in wanted and len(free) == 1:
            result.setdefault(role, free[0])
    return result


def title_beside(item: str, free: Iterable[str]) -> str | None:
    """The column `item` beside the ids in `item_id`, which names the items; None if there is none."""
    stem = re.sub(r"_?id$", "", snake(item))
    return first_named(free, [stem]) if stem and stem != snake(item) else None


def candidates(columns: Sequence[str], roles: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Role → all columns that a person may choose for it, likeliest first."""
    result, of_time = {}, ["+".join(date_columns(columns)), *order_columns(columns)]
    for role in ROLES:
        named = [name for name in columns if is_named(name, role)]
        likely = [roles.get(role, ""), *named, *(of_time if role == "time" else [])]
        result[role] = tuple(dict.fromkeys([*filter(None, likely), *columns]))
    return result
