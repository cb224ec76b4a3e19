"""The parts of an OpenDocument spreadsheet (ISO/IEC 26300, ODF 1.3) that are the same whatever it holds."""

MIMETYPE = "application/vnd.oasis.opendocument.spreadsheet"
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
ODF = "urn:oasis:names:tc:opendocument:xmlns"
NAMESPACES = " ".join(
    f'xmlns:{prefix}="{ODF}:{name}:1.0"'
    for prefix, name in (
        ("office", "office"),
        ("style", "style"),
        ("table", "table"),
        ("text", "text"),
        ("number", "datastyle"),
        ("fo", "xsl-fo-compatible"),
        ("meta", "meta"),
        ("config", "config"),
    )
)
FRENCH = 'number:language="fr" number:country="FR"'
"""Of a number's style: else it is shown as the reader's country has it, where 02/11 may be the eleventh of February."""
VERSION = 'office:version="1.3"'

MANIFEST = (
    f'{DECLARATION}<manifest:manifest xmlns:manifest="{ODF}:manifest:1.0" manifest:version="1.3">'
    f'<manifest:file-entry manifest:full-path="/" manifest:version="1.3" manifest:media-type="{MIMETYPE}"/>'
    + "".join(
        f'<manifest:file-entry manifest:full-path="{name}.xml" manifest:media-type="text/xml"/>'
        for name in ("content", "styles", "meta", "settings")
    )
    + "</manifest:manifest>\n"
)

META = (
    f'{DECLARATION}<office:document-meta {NAMESPACES} xmlns:dc="http://purl.org/dc/elements/1.1/" {VERSION}>'
    "<office:meta><meta:generator>vigie</meta:generator><dc:title>{title}</dc:title><dc:language>fr-FR</dc:language>"
    "<meta:creation-date>{on}T00:00:00</meta:creation-date><dc:date>{on}T00:00:00</dc:date></office:meta>"
    "</office:document-meta>\n"
)

# French cells of a plain face; paper in landscape, as wide as the table, with its name above and the page below
STYLES = (
    f"{DECLARATION}<office:document-styles {NAMESPACES} {VERSION}><office:styles>"
    '<style:default-style style:family="table-cell"><style:text-properties fo:font-family="Liberation Sans, Arial" '
    'fo:font-size="10pt" fo:language="fr" fo:country="FR"/></style:default-style>'
    '<style:style style:name="Default" style:family="table-cell"/></office:styles>'
    '<office:automatic-styles><style:page-layout style:name="page"><style:page-layout-properties '
    'fo:page-width="29.7cm" fo:page-height="21cm" style:print-orientation="landscape" fo:margin="1.5cm" '
    'style:scale-to-X="1" style:scale-to-Y="0"/></style:page-layout></office:automatic-styles>'
    '<office:master-styles><style:master-page style:name="Default" style:page-layout-name="page">'
    "<style:header><text:p><text:sheet-name/></text:p></style:header>"
    "<style:footer><text:p>Page <text:page-number>1</text:page-number></text:p></style:footer>"
    "</style:master-page></office:master-styles></office:document-styles>\n"
)

# with the styles of {columns}, up to the first table
CONTENT = (
    f"{DECLARATION}<office:document-content {NAMESPACES} {VERSION}><office:automatic-styles>"
    f'<number:number-style style:name="comma" {FRENCH}><number:number number:min-integer-digits="1"/>'
    "</number:number-style>"
    f'<number:date-style style:name="day-month-year" {FRENCH}><number:day number:style="long"/>'
    '<number:text>/</number:text><number:month number:style="long"/><number:text>/</number:text>'
    '<number:year number:style="long"/></number:date-style>'
    f'<number:boolean-style style:name="true-false" {FRENCH}><number:boolean/></number:boolean-style>'
    '<style:style style:name="table" style:family="table" style:master-page-name="Default">'
    '<style:table-properties table:display="true"/></style:style>'
    '<style:style style:name="title" style:family="table-cell" style:parent-style-name="Default">'
    '<style:table-cell-properties fo:wrap-option="wrap" style:vertical-align="bottom" fo:background-color="#e8e8e8"/>'
    '<style:text-properties fo:font-weight="bold"/></style:style>'
    '<style:style style:name="text" style:family="table-cell" style:parent-style-name="Default">'
    '<style:table-cell-properties fo:wrap-option="wrap" style:vertical-align="top"/></style:style>'
    + "".join(
        f'<style:style style:name="{name}" style:family="table-cell" style:parent-style-name="Default" '
        f'style:data-style-name="{shown}"><style:table-cell-properties style:text-align-source="fix" '
        f'style:vertical-align="top"/><style:paragraph-properties fo:text-align="{side}"/></style:style>'
        for name, shown, side in (
            ("number", "comma", "end"),
            ("date", "day-month-year", "start"),
            ("boolean", "true-false", "start"),
        )
    )
    + "{columns}</office:automatic-styles><office:body><office:spreadsheet>"
)
CONTENT_END = "</office:spreadsheet></office:body></office:document-content>\n"


def _items(**values: tuple[str, str]) -> str:
    return "".join(
        f'<config:config-item config:name="{name}" config:type="{kind}">{value}</config:config-item>'
        for name, (kind, value) in values.items()
    )


# a table's header stays in sight: split below its first row, the lower part at work (2: frozen)
VIEW = (
    "<config:config-item-map-entry config:name={name}>"
    + _items(
        VerticalSplitMode=("short", "2"),
        VerticalSplitPosition=("int", "1"),
        ActiveSplitRange=("short", "2"),
        PositionBottom=("int", "1"),
    )
    + "</config:config-item-map-entry>"
)
SETTINGS = (
    f'{DECLARATION}<office:document-settings {NAMESPACES} xmlns:ooo="http://openoffice.org/2004/office" {VERSION}>'
    "<office:settings>"
    '<config:config-item-set config:name="ooo:view-settings"><config:config-item-map-indexed config:name="Views">'
    "<config:config-item-map-entry>"
    + _items(ViewId=("string", "view1"))
    + '<config:config-item-map-named config:name="Tables">{views}</config:config-item-map-named>'
    "</config:config-item-map-entry></config:config-item-map-indexed></config:config-item-set>"
    "</office:settings></office:document-settings>\n"
)
