"""The manifests of docs/deploy/kubernetes: what Kubernetes takes, what must be locked, and what must agree."""

from __future__ import annotations

import contextlib
import re
from dataclasses import fields
from typing import Any

import httpx
import kubernetes_validate
import pytest
import yaml

from footnote.ingest.library.probing import faults
from footnote.rag.settings import Settings
from tests.scale.system import free_port
from tests.test_deploy import DEPLOY, KEY, named_server, nginx  # noqa: F401 - a fixture

FOLDER = DEPLOY / "kubernetes"
VERSIONS = ("1.30", "1.34", "1.37")
KUSTOMIZATION = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())
OBJECTS = [
    one for name in KUSTOMIZATION["resources"] for one in yaml.safe_load_all((FOLDER / name).read_text())
]
LITERALS = {
    generated["name"]: dict(one.split("=", 1) for one in generated.get("literals", ()))
    for generated in KUSTOMIZATION["configMapGenerator"]
}
IN_SECRET = {"FOOTNOTE_RECORD", "FOOTNOTE_INDEX_KEY", "FOOTNOTE_PASSWORD"}


def found(kind: str) -> dict[str, dict[str, Any]]:
    return {one["metadata"]["name"]: one for one in OBJECTS if one["kind"] == kind}


WORKLOADS = {**found("Deployment"), **found("StatefulSet")}


def pod(name: str) -> dict[str, Any]:
    return WORKLOADS[name]["spec"]["template"]["spec"]


CONTAINERS = [(name, one) for name in WORKLOADS for one in pod(name)["containers"]]
EACH = pytest.mark.parametrize(
    ("workload", "container"), CONTAINERS, ids=[f"{n}-{c['name']}" for n, c in CONTAINERS]
)


def test_every_file_of_the_folder_is_used() -> None:
    made = {
        file.partition("=")[2] for one in KUSTOMIZATION["configMapGenerator"] for file in one.get("files", ())
    }
    used = {"kustomization.yaml", *KUSTOMIZATION["resources"], *made}
    assert {path.name for path in FOLDER.iterdir()} == used


@pytest.mark.parametrize("version", VERSIONS)
def test_kubernetes_takes_every_object(version: str) -> None:
    for one in OBJECTS:
        kubernetes_validate.validate(one, version, strict=True)


def test_a_slip_in_a_manifest_would_be_found() -> None:
    wrong = {**OBJECTS[0], "speck": {}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[-1], strict=True)


@EACH
def test_a_container_is_locked_and_bounded(workload: str, container: dict[str, Any]) -> None:
    """As the profile “restricted” of the namespace demands, and more."""
    locked, around = container["securityContext"], pod(workload)["securityContext"]
    assert locked["runAsUser"] > 0
    assert around["runAsNonRoot"]
    assert around["seccompProfile"] == {"type": "RuntimeDefault"}
    assert (locked["readOnlyRootFilesystem"], locked["allowPrivilegeEscalation"]) == (True, False)
    assert locked["capabilities"] == {"drop": ["ALL"]}
    assert pod(workload)["automountServiceAccountToken"] is False
    assert {"cpu", "memory"} <= container["resources"]["requests"].keys()
    assert "memory" in container["resources"]["limits"]
    assert (
        found("Namespace")["footnote"]["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
        == "restricted"
    )


@EACH
def test_what_a_container_mounts_is_there_and_it_may_write_to_its_own_folders(
    workload: str, container: dict[str, Any]
) -> None:
    there = {volume["name"] for volume in pod(workload)["volumes"]}
    there |= {one["metadata"]["name"] for one in WORKLOADS[workload]["spec"].get("volumeClaimTemplates", ())}
    mounted = {one["mountPath"]: one for one in container["volumeMounts"]}
    assert {one["name"] for one in mounted.values()} <= there
    writes = {"/tmp"} | ({"/data"} if container["image"] == "footnote" else {"/etc/nginx/conf.d"})
    assert {path for path, one in mounted.items() if not one.get("readOnly")} == writes


@EACH
def test_a_container_that_is_reached_is_probed(workload: str, container: dict[str, Any]) -> None:
    if "ports" in container:
        assert {"readinessProbe", "livenessProbe"} <= container.keys()
    ports = {port["name"] for port in container.get("ports", ())}
    for kind in ("readinessProbe", "livenessProbe", "startupProbe"):
        probe = container.get(kind, {})
        asked = probe.get("httpGet", probe.get("tcpSocket"))
        assert asked is None or asked["port"] in ports


def test_settings_are_settings_and_come_from_what_is_there() -> None:
    known = {f"FOOTNOTE_{field.name.upper()}" for field in fields(Settings)}
    assert LITERALS["settings"].keys() <= known
    assert known >= IN_SECRET
    assert not LITERALS["settings"].keys() & IN_SECRET
    for _, container in CONTAINERS:
        for one in container.get("envFrom", ()):
            assert one in ({"configMapRef": {"name": "settings"}}, {"secretRef": {"name": "footnote"}})
        for one in container.get("env", ()):
            if "valueFrom" in one:
                assert one["valueFrom"]["secretKeyRef"] == {"name": "footnote", "key": one["name"]}
                assert one["name"] in IN_SECRET
    told = (DEPLOY.parent / "deploy.md").read_text()
    assert all(f"--from-literal={name}=" in told for name in IN_SECRET)
    assert (
        Settings.load(environ={**LITERALS["settings"], "FOOTNOTE_RECORD": "postgresql://db/footnote"}).queue
        == "postgresql://db/footnote"
    )


def test_config_maps_that_are_mounted_are_made() -> None:
    mounted = {v["configMap"]["name"] for name in WORKLOADS for v in pod(name)["volumes"] if "configMap" in v}
    assert mounted | {"settings"} == LITERALS.keys()


def test_services_select_pods_and_ports_that_are_there() -> None:
    for name, service in found("Service").items():
        (selected,) = [
            workload
            for workload, one in WORKLOADS.items()
            if service["spec"]["selector"].items() <= one["spec"]["template"]["metadata"]["labels"].items()
        ]
        ports = {p["name"] for c in pod(selected)["containers"] for p in c.get("ports", ())}
        assert {p["targetPort"] for p in service["spec"]["ports"]} <= ports
        if WORKLOADS[selected]["kind"] == "StatefulSet":
            assert WORKLOADS[selected]["spec"]["serviceName"] == name
            assert service["spec"]["clusterIP"] == "None", "each pod has a name of its own"


def test_there_is_an_address_in_the_settings_for_each_shard_and_in_the_proxy_for_each_server() -> None:
    shards, servers = WORKLOADS["shard"]["spec"], WORKLOADS["serve"]["spec"]
    named = [f"http://shard-{n}.shards:8001" for n in range(shards["replicas"])]
    assert LITERALS["settings"]["FOOTNOTE_INDEX"].split(",") == named
    proxy = (FOLDER / "front.conf.template").read_text()
    assert set(re.findall(r"\bserve-\d+", proxy)) == {f"serve-{n}" for n in range(servers["replicas"])}
    assert f".serve.{KUSTOMIZATION['namespace']}.svc." in proxy


def test_nobody_but_servers_and_workers_reaches_the_proxy_of_a_shard_and_nobody_chroma() -> None:
    chroma, proxy = pod("shard")["containers"]
    command = chroma["command"]
    assert command[:2] == ["chroma", "run"], "never the server in Python"
    assert command[command.index("--host") + 1] == "127.0.0.1"
    assert "ports" not in chroma
    policies = found("NetworkPolicy")
    assert policies["nobody"]["spec"] == {"podSelector": {}, "policyTypes": ["Ingress"]}
    shards = policies["shards"]["spec"]
    assert shards["podSelector"]["matchLabels"] == {"app": "shard"}
    assert shards["policyTypes"] == ["Ingress", "Egress"]
    assert "egress" not in shards
    ((reached,),) = [one["from"] for one in shards["ingress"]]
    assert reached["podSelector"]["matchExpressions"][0]["values"] == ["serve", "worker"]
    assert [one["port"] for one in shards["ingress"][0]["ports"]] == [proxy["ports"][0]["containerPort"]]
    ((served,),) = [one["from"] for one in policies["serve"]["spec"]["ingress"]]
    assert served == {"podSelector": {"matchLabels": {"app": "front"}}}


def test_the_proxy_of_a_shard_asks_for_the_key(servers, nginx) -> None:  # noqa: F811 - a fixture
    port = free_port()
    given = (FOLDER / "shards.conf.template").read_text().replace("${FOOTNOTE_INDEX_KEY}", KEY)
    assert "${" not in given
    given = given.replace("listen 8001", f"listen 127.0.0.1:{port}")
    nginx(given.replace("http://127.0.0.1:8000", servers.shards[0].address), port)
    address = f"http://127.0.0.1:{port}"
    assert faults(address, KEY) == []
    assert faults(address, "") == ["it asks for another key than FOOTNOTE_INDEX_KEY"]
    shown = {"Authorization": f"Bearer {KEY}"}
    assert httpx.post(f"{address}/api/v2/reset", headers=shown).status_code == 403


def test_a_reader_stays_with_a_server_and_what_is_sent_goes_to_the_other_when_it_is_gone(
    nginx,  # noqa: F811 - a fixture
) -> None:
    port = free_port()
    given = (FOLDER / "front.conf.template").read_text().replace("${NGINX_LOCAL_RESOLVERS}", "127.0.0.1")
    assert "${" not in given
    given = given.replace("listen 8080", f"listen 127.0.0.1:{port}")
    given = given.replace(".serve.footnote.svc.cluster.local:7860", "")
    readers = [f"reader-number-{n:>02}-of-many" for n in range(20)]

    def served(reader: str) -> str:
        return httpx.get(f"http://127.0.0.1:{port}/", cookies={"footnote_reader": reader}).text

    with contextlib.ExitStack() as first, named_server() as second:
        servers = [first.enter_context(named_server()), second]
        for n, server in enumerate(servers):
            given = given.replace(f"serve-{n}", f"127.0.0.1:{server.server_port}")
        nginx(given, port)
        by = {reader: served(reader) for reader in readers}
        assert all(served(reader) == by[reader] for reader in readers)
        assert len(set(by.values())) == 2, "one server does it all"
        first.close()
        assert {served(reader) for reader in readers} == {str(second.server_port)}
