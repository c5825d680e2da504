//! The servers of Kubernetes: etcd and kubectl are Debian's; the API server and the controllers, which Debian does not
//! package, are built from its source package with its Go. Everything comes from Debian's archive, and nothing is installed.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::quiet;
use crate::{
    cluster::home,
    shell::{Failure, Outcome, exists, fail, read, say},
};

/// Debian's release, and what is taken from it. Its version of Kubernetes is the newest that Debian ever had.
const RELEASE: &str = "bookworm";
const PACKAGES: &[&str] = &["golang-1.19-go", "golang-1.19-src", "etcd-server", "kubernetes-client"];
const VERSION: &str = "v1.20.2";
/// Changes when what is built does.
const STAMP: &str = "debian bookworm, kubernetes v1.20.2, 2";
const SERVERS: [&str; 2] = ["kube-apiserver", "kube-controller-manager"];

/// Installs them, unless they are there.
pub(super) fn install() -> Outcome {
    let home = home();
    let stamp = home.join("stamp");
    if fs::read_to_string(&stamp).is_ok_and(|found| found == STAMP) {
        say(format!("servers: {} is up to date", home.display()));
        return Ok(());
    }
    if !exists("apt-get") || !exists("dpkg") {
        say(
            "servers: Kubernetes is left out, because it is built from Debian's packages and there is no `apt-get` here: its tests fail",
        );
        return Ok(());
    }
    say(format!("servers: building Kubernetes into {} (ten minutes on two cores, once)", home.display()));
    let work = home.join("work");
    fs::create_dir_all(&work)?;
    fs::create_dir_all(home.join("bin"))?;
    download(&work)?;
    unpack(&work)?;
    let tree = work.join("go/src/k8s.io/kubernetes");
    let go = Go { work: &work, tree: &tree };
    go.generate()?;
    for server in SERVERS {
        go.build(&format!("./cmd/{server}"), &home.join("bin").join(server), true)?;
    }
    for program in ["etcd", "kubectl"] {
        fs::copy(work.join("root/usr/bin").join(program), home.join("bin").join(program))?;
    }
    // Go's cache and the sources take more than two gigabytes, and are not needed again.
    remove(&work)?;
    Ok(fs::write(stamp, STAMP)?)
}

/// Fetches packages and sources, with a configuration of our own that also names sources, beside the machine's.
fn download(work: &Path) -> Outcome {
    let apt = work.join("apt");
    for folder in ["lists/partial", "archives/partial"] {
        fs::create_dir_all(apt.join(folder))?;
    }
    let archive = archive();
    let keyring = "[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]";
    let lines = ["deb", "deb-src"].map(|kind| format!("{kind} {keyring} {archive} {RELEASE} main\n"));
    fs::write(apt.join("sources.list"), lines.concat())?;
    fs::write(apt.join("status"), "")?;
    let configuration = apt.join("apt.conf");
    let at = |name: &str| apt.join(name).display().to_string();
    fs::write(
        &configuration,
        format!(
            "Dir::Etc::sourcelist \"{}\";\nDir::Etc::sourceparts \"/dev/null\";\nDir::State::Lists \"{}\";\n\
             Dir::State::status \"{}\";\nDir::Cache \"{}\";\nAPT::Sandbox::User \"root\";\n",
            at("sources.list"),
            at("lists"),
            at("status"),
            apt.display()
        ),
    )?;
    let steps: [&[&str]; 3] =
        [&["update", "-qq"], &["source", "-qq", "--download-only", "kubernetes"], &["download", "-qq"]];
    for step in steps {
        let mut command = Command::new("apt-get");
        command.args(step).current_dir(work).env("APT_CONFIG", &configuration);
        if step.first() == Some(&"download") {
            command.args(PACKAGES);
        }
        quiet(&mut command).map_err(|why| {
            Failure(format!("Debian's packages could not be downloaded; is there a network, or a proxy to name? {why}"))
        })?;
    }
    Ok(())
}

/// The archive that this machine takes its packages from, if it is a Debian.
fn archive() -> String {
    let lists = fs::read_dir("/etc/apt/sources.list.d").into_iter().flatten().flatten().map(|entry| entry.path());
    let all = std::iter::once(PathBuf::from("/etc/apt/sources.list")).chain(lists);
    let texts: Vec<String> = all.filter_map(|path| fs::read_to_string(path).ok()).collect();
    let words = texts.iter().flat_map(|text| text.lines()).filter(|line| !line.trim_start().starts_with('#'));
    let addresses = words.flat_map(str::split_whitespace).filter(|word| word.starts_with("http"));
    let debian = addresses.map(|address| address.trim_end_matches('/')).find(|address| address.ends_with("/debian"));
    debian.unwrap_or("http://deb.debian.org/debian").to_owned()
}

fn unpack(work: &Path) -> Outcome {
    let tree = work.join("go/src/k8s.io/kubernetes");
    fs::create_dir_all(&tree)?;
    for path in files(work)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with(".deb") {
            quiet(Command::new("dpkg").arg("-x").arg(&path).arg(work.join("root")))?;
        } else if name.ends_with(".orig.tar.gz") {
            quiet(Command::new("tar").arg("xzf").arg(&path).arg("-C").arg(&tree).arg("--strip-components=1"))?;
        }
    }
    Ok(())
}

/// Debian's Go, on the sources of Kubernetes, without a network.
struct Go<'a> {
    work: &'a Path,
    tree: &'a Path,
}

impl Go<'_> {
    fn build(&self, package: &str, into: &Path, versioned: bool) -> Outcome {
        let root = self.work.join("root/usr/lib/go-1.19");
        let mut command = Command::new(root.join("bin/go"));
        // Without the clients of the clouds' own APIs, and without what only a debugger reads.
        command
            .current_dir(self.tree)
            .args(["build", "-tags", "providerless", "-gcflags", "all=-dwarf=false", "-o"])
            .arg(into);
        if versioned {
            let (major, minor) = ("1", "20");
            let mut flags = "-s -w".to_owned();
            for place in ["component-base/version", "client-go/pkg/version"] {
                let place = format!("k8s.io/kubernetes/vendor/k8s.io/{place}");
                flags.push_str(&format!(
                    " -X {place}.gitVersion={VERSION} -X {place}.gitMajor={major} -X {place}.gitMinor={minor}"
                ));
            }
            command.arg("-ldflags").arg(flags);
        }
        command.arg(package).env("GOROOT", root).env("GOCACHE", self.work.join("cache"));
        command.env("GOPATH", self.work.join("go")).env("GO111MODULE", "off").env("GOPROXY", "off");
        command.env("GOSUMDB", "off").env("CGO_ENABLED", "0").env("GOFLAGS", "");
        // The compiler would rather save memory than time.
        command.env("GOGC", "300");
        quiet(&mut command).map_err(|why| Failure(format!("`{package}` of Kubernetes could not be built: {why}")))
    }

    /// The API server needs descriptions of its types that are not in the sources: they are made of the types' comments.
    fn generate(&self) -> Outcome {
        let generator = self.work.join("openapi-gen");
        self.build("./vendor/k8s.io/kube-openapi/cmd/openapi-gen", &generator, false)?;
        let marked = ["-Rl", "--include=*.go", "+k8s:openapi-gen=", "pkg", "vendor/k8s.io/"];
        // The staging packages stand in `vendor` as links, which a search follows only when it is told to.
        let found = read(Command::new("grep").args(marked).current_dir(self.tree))?;
        let apart = ["sample-apiserver", "code-generator", "/_examples/", "testing", "openapi/test", "_test.go"];
        let folders: BTreeSet<String> = found
            .lines()
            .filter(|path| !apart.iter().any(|part| path.contains(part)))
            .filter_map(|path| Some(format!("k8s.io/kubernetes/{}", Path::new(path).parent()?.display())))
            .collect();
        if folders.is_empty() {
            return fail("the sources of Kubernetes hold no types to describe");
        }
        let folders: Vec<String> = folders.into_iter().collect();
        let root = self.work.join("root/usr/lib/go-1.19");
        let path = format!("{}:{}", root.join("bin").display(), std::env::var("PATH").unwrap_or_default());
        let mut command = Command::new(generator);
        command.current_dir(self.tree).args(["--logtostderr", "-i", &folders.join(",")]);
        command.args(["-p", "k8s.io/kubernetes/pkg/generated/openapi", "-O", "zz_generated.openapi"]);
        command.args(["-h", "vendor/k8s.io/code-generator/hack/boilerplate.go.txt"]);
        command.arg("-r").arg(self.work.join("violations")).env("PATH", path).env("GOROOT", root);
        command.env("GOPATH", self.work.join("go")).env("GO111MODULE", "off").env("GOFLAGS", "");
        quiet(&mut command).map_err(|why| Failure(format!("the types of Kubernetes could not be described: {why}")))
    }
}

fn files(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)?.flatten().map(|entry| entry.path()).collect();
    files.sort();
    Ok(files)
}

/// Go makes what it keeps read-only.
fn remove(folder: &Path) -> Outcome {
    quiet(Command::new("chmod").args(["-R", "u+w"]).arg(folder))?;
    Ok(fs::remove_dir_all(folder)?)
}
