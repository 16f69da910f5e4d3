"""Container images without a container engine.

    image.py OUT.tar < DESCRIPTION.json

writes one "docker-archive" that holds all images of the description:

    {"tag": "…",
     "layers": {"LAYER": ["SOURCE:TARGET:MODE", …, or "TREE" for a whole directory]},
     "images": [{"name": "…", "layers": ["LAYER", …], "entrypoint": […], "cmd": […],
                 "user": "…", "env": {…}, "tag": "its own, if it has one", "stop": "SIGNAL"}]}

The archive names a layer by its hash, so one that several images share is in it
once. Owners are root and times are zero: the same files give the same bytes.
"""

import hashlib
import io
import json
import os
import sys
import tarfile

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def plain(info):
    info.uid = info.gid = info.mtime = 0
    info.uname = info.gname = ""
    return info


def add_tree(tar, root):
    for folder, folders, files in os.walk(root):
        folders.sort()
        for name in sorted(folders + files):
            path = os.path.join(folder, name)
            info = plain(tar.gettarinfo(path, os.path.relpath(path, root)))
            # Hard links would need their first name in the same layer, which
            # holds here, but a copy is simpler and there are hardly any.
            if info.islnk():
                info.type = tarfile.REGTYPE
                info.size = os.path.getsize(path)
            if info.isreg():
                with open(path, "rb") as file:
                    tar.addfile(info, file)
            else:
                tar.addfile(info)


def add_file(tar, source, target, mode):
    made = set(tar.getnames())
    parts = target.split("/")[:-1]
    for depth in range(1, len(parts) + 1):
        folder = "/".join(parts[:depth])
        if folder not in made:
            info = tarfile.TarInfo(folder)
            info.type, info.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(info)
    info = plain(tar.gettarinfo(source, target))
    info.type, info.mode, info.size = tarfile.REGTYPE, int(mode, 8), os.path.getsize(source)
    with open(source, "rb") as file:
        tar.addfile(info, file)


def write_layer(path, contents):
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as tar:
        for content in contents:
            if ":" in content:
                add_file(tar, *content.split(":"))
            else:
                add_tree(tar, content)
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def add_bytes(archive, name, data):
    info = tarfile.TarInfo(name)
    info.size = len(data)
    archive.addfile(info, io.BytesIO(data))


def main():
    out = sys.argv[1]
    description = json.load(sys.stdin)
    digests = {}
    with tarfile.open(out, "w", format=tarfile.GNU_FORMAT) as archive:
        for name, contents in description["layers"].items():
            path = out + ".layer"
            digests[name] = write_layer(path, contents)
            archive.add(path, digests[name] + ".tar", filter=plain)
            os.remove(path)
        manifest = []
        for image in description["images"]:
            layers = [digests[name] for name in image["layers"]]
            env = {"PATH": PATH, **image.get("env", {})}
            config = json.dumps(
                {
                    "architecture": "amd64",
                    "os": "linux",
                    "config": {
                        "Entrypoint": image.get("entrypoint"),
                        "Cmd": image.get("cmd"),
                        "User": image.get("user", ""),
                        "WorkingDir": "/",
                        "Env": [f"{key}={value}" for key, value in env.items()],
                        **({"StopSignal": image["stop"]} if "stop" in image else {}),
                    },
                    "rootfs": {"type": "layers", "diff_ids": ["sha256:" + digest for digest in layers]},
                },
                sort_keys=True,
            ).encode()
            name = hashlib.sha256(config).hexdigest() + ".json"
            add_bytes(archive, name, config)
            manifest.append(
                {
                    "Config": name,
                    "RepoTags": [f"{image['name']}:{image.get('tag') or description['tag']}"],
                    "Layers": [digest + ".tar" for digest in layers],
                }
            )
        add_bytes(archive, "manifest.json", json.dumps(manifest).encode())


if __name__ == "__main__":
    main()
