//! Tables of API operations, one file per service: name, permission, rate family, and whether it may be repeated.

pub mod access_analyzer;
pub mod account;
pub mod backup;
pub mod budgets;
pub mod cloudtrail;
pub mod config;
pub mod ec2;
pub mod ecr;
pub mod guard_duty;
pub mod iam;
pub mod identity_store;
pub mod inspector;
pub mod kms;
pub mod lambda;
pub mod logs;
pub mod macie;
pub mod organizations;
pub mod rds;
pub mod s3;
pub mod s3_control;
pub mod secrets_manager;
pub mod security_hub;
pub mod ssm;
pub mod sso_admin;
pub mod sts;
pub mod tagging;

use polity_provider::{ReadOperation, WriteOperation};

/// All operations that change nothing.
pub fn reads() -> Vec<&'static ReadOperation> {
    let tables: [&'static [ReadOperation]; 26] = [
        access_analyzer::READS,
        account::READS,
        backup::READS,
        budgets::READS,
        cloudtrail::READS,
        config::READS,
        ec2::READS,
        ecr::READS,
        guard_duty::READS,
        iam::READS,
        identity_store::READS,
        inspector::READS,
        kms::READS,
        lambda::READS,
        logs::READS,
        macie::READS,
        organizations::READS,
        rds::READS,
        s3::READS,
        s3_control::READS,
        secrets_manager::READS,
        security_hub::READS,
        ssm::READS,
        sso_admin::READS,
        sts::READS,
        tagging::READS,
    ];
    tables.into_iter().flatten().collect()
}

/// All operations that change something.
pub fn writes() -> Vec<&'static WriteOperation> {
    let tables: [&'static [WriteOperation]; 26] = [
        access_analyzer::WRITES,
        account::WRITES,
        backup::WRITES,
        budgets::WRITES,
        cloudtrail::WRITES,
        config::WRITES,
        ec2::WRITES,
        ecr::WRITES,
        guard_duty::WRITES,
        iam::WRITES,
        identity_store::WRITES,
        inspector::WRITES,
        kms::WRITES,
        lambda::WRITES,
        logs::WRITES,
        macie::WRITES,
        organizations::WRITES,
        rds::WRITES,
        s3::WRITES,
        s3_control::WRITES,
        secrets_manager::WRITES,
        security_hub::WRITES,
        ssm::WRITES,
        sso_admin::WRITES,
        sts::WRITES,
        tagging::WRITES,
    ];
    tables.into_iter().flatten().collect()
}
