"""Texts that would be markup or script if anything took them for that.

Each, wherever it got through, would call `alert` or leave an element or attribute named `xss`. One
line and at most 80 characters each, so that every field takes them. Sources: OWASP XSS Filter
Evasion Cheat Sheet; PortSwigger XSS cheat sheet; html5sec.org.
"""

HTML = (
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</template><xss>",
    "--><xss><!--",
    "<!--><xss>",
    "<![CDATA[<xss>]]>",
    "<xss>",
    "<b xss>bold</b>",
    "<img src=x onerror=alert(1)>",
    "<img/src=x/onerror=alert(1)//",
    "<IMG SRC=x OnErRoR=alert(1)>",
    "<<img src=x onerror=alert(1)>",
    "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)>x",
    "<input autofocus onfocus=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<iframe srcdoc='<script>parent.alert(1)</script>'></iframe>",
    "<object data=data:text/html,<script>alert(1)</script>>",
    "<embed src=//xss.example>",
    "<base href=//xss.example/>",
    "<link rel=stylesheet href=//xss.example/x.css>",
    "<meta http-equiv=refresh content='0;url=//xss.example'>",
    "<form action=//xss.example><button>x",
    "<style>@import'//xss.example'</style>",
    "<p style=position:fixed;inset:0>x",
)
ATTRIBUTES = (
    '" xss="',
    "' xss='",
    "` xss=`",
    '"><xss>',
    "'><xss>",
    '" onmouseover="alert(1)',
    '" autofocus onfocus=alert(1) x="',
    "' accesskey=x onclick='alert(1)",
    '"/onload=alert(1) "',
    "x\" style=\"background:url('//xss.example')",
    "&quot; xss=&quot;",
    "&#34;&#62;<xss>",
    '\t"\txss=\t"',
)
ADDRESSES = (
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    " javascript:alert(1)",
    "javascript://%0aalert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "//xss.example/%2f..",
    "/\\xss.example",
    "https:xss.example",
)
SVG = (
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><a xlink:href=javascript:alert(1)><text>x</text></a></svg>",
    "<svg><foreignObject><xss></foreignObject></svg>",
    "<math><mi xlink:href=javascript:alert(1)>x</mi></math>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
)
TEMPLATES = (
    "{{ 7*7 }}",
    "{{ config.SECRET_KEY }}",
    "{% if 1 %}<xss>{% endif %}",
    "{{ '<xss>' | safe }}",
    "${alert(1)}",
    "#{7*7} <%= 7*7 %>",
    "{{constructor.constructor('alert(1)')()}}",
    "%(item)s %s {0} {item.__class__}",
)
JSON_IN_SCRIPT = (
    '"}</script><script>alert(1)</script>',
    '";alert(1);//',
    '\\";alert(1);//',
    "</script ><xss>",
    "<!--<script>",
    "]]>--></script><xss>",
    "\\u003cscript\\u003ealert(1)\\u003c/script\\u003e",
)
UNICODE = (
    "＜script＞alert(1)＜/script＞",  # noqa: RUF001
    "‹script›alert(1)‹/script›",  # noqa: RUF001
    "\u202e>tpircs/<)1(trela>tpircs<\u202c",
    "<\u200bscript>alert(1)</script>",
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "\ufeff<script>alert(1)</script>",
    "<ſcript>alert(1)</ſcript>",  # noqa: RUF001
    "%3Cscript%3Ealert(1)%3C/script%3E",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<img src=x oneſrror=alert(1) 💳>",  # noqa: RUF001
)
PAYLOADS = tuple(
    dict.fromkeys(HTML + ATTRIBUTES + ADDRESSES + SVG + TEMPLATES + JSON_IN_SCRIPT + UNICODE)
)
# As far as an address may have them before its @.
EMAILS = ("{{7*7}}@example.com", "o'onload=`x`/{'|&$}@example.com", "${x}#{y}=x@example.com")
