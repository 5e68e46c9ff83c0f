"""A SAML identity provider made of pysaml2 and xmlsec1, in a process of its own: `python -m tests.sso.college FOLDER`.

The folder has its key, its certificate, what we say of ourselves (`annals.xml`), and how it signs (`how.json`). It says
its URL in `url`, when it can be asked.
"""

# pyright: basic

from __future__ import annotations

import json
import shutil
import signal
import sys
from base64 import b64encode
from pathlib import Path

from saml2 import BINDING_HTTP_REDIRECT  # type: ignore[import-untyped]
from saml2.config import IdPConfig  # type: ignore[import-untyped]
from saml2.saml import NAMEID_FORMAT_PERSISTENT, NameID  # type: ignore[import-untyped]
from saml2.server import Server  # type: ignore[import-untyped]

from tests.sso.saml_provider import ISSUER
from tests.sso.wire import Answer, Asked, posted_on, served, told

CLASS = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"


def provider(folder: Path, url: str) -> Server:
    """The provider, which has read what we say of ourselves."""
    single_sign_on = {"single_sign_on_service": [(f"{url}/sso", BINDING_HTTP_REDIRECT)]}
    configuration = {
        "entityid": ISSUER,
        "xmlsec_binary": shutil.which("xmlsec1"),
        "key_file": str(folder / "key.pem"),
        "cert_file": str(folder / "certificate.pem"),
        "metadata": {"local": [str(folder / "annals.xml")]},
        "service": {"idp": {"endpoints": single_sign_on, "policy": {"default": {"lifetime": {"minutes": 5}}}}},
    }
    return Server(config=IdPConfig().load(configuration))


def answer(folder: Path, asked: Asked) -> Answer:
    """Let Ada in, whoever asks."""
    if asked.path != "/sso":
        return told({"error": "not found"}, 404)
    server = provider(folder, (folder / "url").read_text())
    request = server.parse_authn_request(asked.query["SAMLRequest"], BINDING_HTTP_REDIRECT)
    assert request is not None
    where = server.response_args(request.message)
    response = server.create_authn_response(
        identity={"mail": ["ada@school.test"], "displayName": ["Ada"], "eduPersonAffiliation": ["staff"]},
        in_response_to=where["in_response_to"],
        destination=where["destination"],
        sp_entity_id=where["sp_entity_id"],
        name_id=NameID(format=NAMEID_FORMAT_PERSISTENT, text="ada-0815"),
        authn={"class_ref": CLASS, "authn_auth": ISSUER},
        **json.loads((folder / "how.json").read_text()),
    )
    said = {"SAMLResponse": b64encode(str(response).encode()).decode(), "RelayState": asked.query["RelayState"]}
    return posted_on(where["destination"], said)


def main(folder: Path) -> None:
    """Run until told to end."""
    with served(lambda asked: answer(folder, asked)) as url:
        (folder / "url").write_text(url)
        signal.sigwait({signal.SIGTERM})


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    main(Path(sys.argv[1]))
