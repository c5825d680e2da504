//! What runs in containers, and the recipes that their images are built by.

use super::{Facet, Field, table::*};

pub(super) fn facets() -> Vec<Facet> {
    vec![workload(), image_build()]
}

fn workload() -> Facet {
    const KINDS: &[&str] = &["pod", "service", "agent", "job", "other"];
    let fields = vec![
        word("kind", KINDS, "A single pod, something that keeps running, something on every node, or a job."),
        texts("images", "The images of its containers."),
        records("containers", container(), "Its containers, those that prepare it included."),
        flag("host_network", "Whether it uses the network of its node."),
        flag("host_processes", "Whether it sees the processes of its node."),
        flag("host_memory", "Whether it shares memory with the processes of its node."),
        texts("host_paths", "Paths of the node that are mounted in it."),
        text("identity", "The machine identity that it acts as; absent where it names none.").optional(),
        flag("identity_default", "Whether that identity is one that the cloud made for everybody."),
        flag("identity_token", "Whether a token of that identity is mounted in it."),
        flag("user_namespace", "Whether its users are others than those of its node."),
    ];
    Facet {
        name: "workload",
        title: "workloads",
        doc: "Containers that an orchestrator runs together.",
        fields: resource(fields),
    }
}

fn container() -> Vec<Field> {
    vec![
        text("name", "Its name."),
        text("image", "The image that it starts from."),
        flag("image_pinned", "Whether that image is named by the digest of its content."),
        flag("image_latest", "Whether that image is whatever is the latest."),
        flag("setup", "Whether it ends before the others begin."),
        flag("privileged", "Whether it may do on its node what the node may."),
        flag("non_root", "Whether it is kept from running as root."),
        flag("escalation", "Whether its processes may gain more rights than their parent has."),
        flag("read_only", "Whether it cannot write to its own file system."),
        texts("capabilities_added", "Capabilities of the kernel that it is given."),
        flag("capabilities_dropped", "Whether it loses all capabilities that it is not given by name."),
        flag("system_calls_filtered", "Whether a profile limits its system calls."),
        flag("memory_limit", "Whether it can use only so much memory."),
        flag("cpu_limit", "Whether it can use only so much computing time."),
        flag("liveness", "Whether it is asked if it still lives."),
        flag("readiness", "Whether it is asked if it can serve."),
        texts("host_ports", "Ports of the node that it takes."),
        int("secrets", "How many secrets are written in its environment as they are."),
    ]
}

fn image_build() -> Facet {
    let base = vec![
        text("image", "The image."),
        flag("pinned", "Whether it is named by the digest of its content."),
        flag("latest", "Whether it is whatever is the latest."),
        flag("last", "Whether what is built starts from it, rather than from a stage before."),
    ];
    let fields = vec![
        records("bases", base, "The images that it is built on."),
        text("user", "The user that it runs as; absent where none is named.").optional(),
        flag("root", "Whether that user is root."),
        int("secrets", "How many secrets are written in its environment or its arguments."),
        texts("downloads", "Addresses that files are added from, without a sum to check them by."),
        int("piped_scripts", "How many scripts are run as they come from the network."),
        flag("administrator_commands", "Whether `sudo` is used in it."),
        texts("ports", "Ports that it says it serves."),
        flag("health_check", "Whether it says how to ask if it still lives."),
    ];
    Facet {
        name: "image_build",
        title: "image builds",
        doc: "The recipe by which an image of a container is built.",
        fields: resource(fields),
    }
}
