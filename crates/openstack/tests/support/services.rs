//! Nova, Neutron and Cinder beside a Keystone: their APIs alone, which is what keeps quotas. No machine ever runs there.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::{
    keystone::{ADMIN, Keystone, PASSWORD},
    uwsgi::{self, Server, printed, tool},
};

/// One service: its name, its type in the catalog, the path of its API, and where uWSGI finds it.
struct Service {
    name: &'static str,
    kind: &'static str,
    path: &'static str,
    module: &'static str,
}

const SERVICES: [Service; 3] = [
    Service { name: "nova", kind: "compute", path: "/v2.1", module: "nova.wsgi.osapi_compute:application" },
    Service { name: "neutron", kind: "network", path: "", module: "neutron.wsgi.api:application" },
    Service { name: "cinder", kind: "block-storage", path: "/v3", module: "wsgi_app:application" },
];

/// The running services; they end with this value.
pub(crate) struct Services(Vec<Server>);

impl Services {
    /// Starts all of them beside this Keystone, and puts them into its catalog.
    pub(crate) fn start(keystone: &Keystone) -> Result<Self, String> {
        let mut running = Vec::new();
        for service in &SERVICES {
            let server = Server::start(service.name, "/", &|folder, _| {
                configure(service.name, folder, &keystone.endpoint()).map_err(|error| error.to_string())?;
                let mut words = vec!["--module".to_owned(), service.module.to_owned()];
                if service.name == "cinder" {
                    words.extend(["--pythonpath".to_owned(), folder.display().to_string()]);
                }
                let upper = service.name.to_uppercase();
                let file = folder.join(format!("{}.conf", service.name));
                let mut variables = vec![(format!("OS_{upper}_CONFIG_DIR"), folder.to_owned())];
                if service.name == "neutron" {
                    variables.push((format!("OS_{upper}_CONFIG_FILES"), file));
                }
                Ok((words, variables))
            })?;
            let url = format!("{}{}", server.endpoint(), service.path);
            keystone.run("openstack", &["service", "create", "--name", service.name, service.kind])?;
            keystone
                .run("openstack", &["endpoint", "create", "--region", "RegionOne", service.kind, "public", &url])?;
            running.push(server);
        }
        Ok(Self(running))
    }
}

/// Makes the states that every start begins with copies of.
pub(crate) fn bootstrap(name: &str, stamp: &str) -> Result<(), String> {
    uwsgi::prepare(name, stamp, &|state| {
        configure(name, state, "http://127.0.0.1:5000").map_err(|error| error.to_string())?;
        let file = state.join(format!("{name}.conf"));
        let manage = |words: &[&str]| {
            let program = tool(name, &format!("{name}-manage"));
            printed(Command::new(program).arg("--config-file").arg(&file).args(words)).map(drop)
        };
        let database = |name: &str| format!("sqlite:///{}/{name}.db", state.display());
        match name {
            "nova" => {
                manage(&["api_db", "sync"])?;
                manage(&["cell_v2", "map_cell0", "--database_connection", &database("cell0")])?;
                manage(&["db", "sync"])?;
                let cell = ["cell_v2", "create_cell", "--name", "cell1", "--transport-url", "fake://"];
                manage(&[&cell[..], &["--database_connection", &database("cell")]].concat())
            }
            // Its migrations do not run on SQLite: the tables are made from the models.
            "neutron" => {
                let script = "import sys, sqlalchemy\nfrom neutron.db.migration.models import head\n\
                              head.get_metadata().create_all(sqlalchemy.create_engine(sys.argv[1]))";
                let database = database("neutron");
                printed(Command::new(tool(name, "python")).args(["-c", script, &database])).map(drop)
            }
            _ => manage(&["db", "sync"]),
        }
    })
}

fn configure(name: &str, folder: &Path, keystone: &str) -> std::io::Result<()> {
    let at = folder.display();
    let login = format!(
        "auth_url = {keystone}/v3\nauth_type = password\nusername = {ADMIN}\npassword = {PASSWORD}\nproject_name = {ADMIN}\n\
         user_domain_id = default\nproject_domain_id = default\n"
    );
    let common = format!(
        "[DEFAULT]\nlog_file = {at}/{name}.log\nstate_path = {at}\ntransport_url = fake://\nauth_strategy = keystone\n\
         api_paste_config = {at}/api-paste.ini\n"
    );
    let further = match name {
        "nova" => format!(
            "my_ip = 127.0.0.1\n[api]\nauth_strategy = keystone\n[api_database]\nconnection = sqlite:///{at}/api.db\n\
             [database]\nconnection = sqlite:///{at}/cell.db\n[wsgi]\napi_paste_config = {at}/api-paste.ini\n\
             [keystone]\n{login}[placement]\n{login}[glance]\napi_servers = http://127.0.0.1:1\n"
        ),
        "neutron" => format!(
            "core_plugin = ml2\nservice_plugins =\nnotify_nova_on_port_status_changes = false\n\
             notify_nova_on_port_data_changes = false\nrpc_workers = 0\nrpc_state_report_workers = 0\n\
             [database]\nconnection = sqlite:///{at}/neutron.db\n[ml2]\ntype_drivers = local,flat,vlan\n\
             tenant_network_types = local\nmechanism_drivers = logger\nextension_drivers = port_security\n"
        ),
        _ => format!(
            "resource_query_filters_file = {at}/resource_filters.json\n[database]\nconnection = sqlite:///{at}/cinder.db\n"
        ),
    };
    let locks = format!("[oslo_concurrency]\nlock_path = {at}/lock\n");
    let token = format!("[keystone_authtoken]\nwww_authenticate_uri = {keystone}/v3\n{login}");
    fs::create_dir_all(folder.join("lock"))?;
    fs::write(folder.join(format!("{name}.conf")), format!("{common}{further}{locks}{token}"))?;
    let shipped: PathBuf = tool(name, "").join(format!("../etc/{name}"));
    for file in ["api-paste.ini", "resource_filters.json"] {
        if shipped.join(file).is_file() {
            fs::copy(shipped.join(file), folder.join(file))?;
        }
    }
    if name == "cinder" {
        let app = format!(
            "import sys\nsys.argv = ['cinder-api', '--config-file', '{at}/cinder.conf']\nfrom cinder.wsgi.api import application\n"
        );
        fs::write(folder.join("wsgi_app.py"), app)?;
    }
    Ok(())
}
